import type { Image, StateItem } from '../../core/inventory.ts';
import type { NodeReader, NodeSnapshot } from './node-reader.ts';
import { imagesInUse, reportedState, type ImageAge } from './reported-state.ts';
import type { ScanQueue } from './scan-queue.ts';
import { Trigger } from './trigger.ts';

/** Events come in bursts; a pull is dozens. */
const QUIET_MS = 250;
const MOST_MS = 2000;

export interface NodeWatchParts {
  readonly reader: NodeReader;
  readonly scans: ScanQueue;
  /** Notes which images are there and in use, and gives what is remembered of each. */
  observe(images: ReadonlySet<string>, inUse: ReadonlySet<string>): (imageId: string) => ImageAge;
  /** Hands the whole state over; cheap when little changed. */
  publish(state: readonly StateItem[], snapshot: NodeSnapshot): void;
  /** Called when nothing is left to scan, with the images then present: what belongs to no image may be forgotten. */
  settled(images: readonly Image[]): void;
  /** A reading or scan failed in a way that nothing else reports. */
  failed(error: unknown): void;
}

/** Keeps the collector's picture of the node true: reads when told that something changed, scans what is new. */
export class NodeWatch {
  readonly #parts: NodeWatchParts;
  readonly #signal: AbortSignal;
  readonly #read: Trigger;
  readonly #scan: Trigger;
  #snapshot: NodeSnapshot | undefined;
  #scanTimer: NodeJS.Timeout | undefined;
  #ageOf: (imageId: string) => ImageAge = () => ({ firstSeen: 0 });

  constructor(parts: NodeWatchParts, signal: AbortSignal) {
    this.#parts = parts;
    this.#signal = signal;
    this.#read = new Trigger(() => this.#guarded(() => this.#readNode()), {
      quietMs: QUIET_MS,
      mostMs: MOST_MS,
    });
    this.#scan = new Trigger(() => this.#guarded(() => this.#scanImages()), { quietMs: 0, mostMs: 0 });
  }

  /** Something may have changed: read the node soon. */
  changed(): void {
    this.#read.call();
  }

  /** Processes come and go without any engine's word. Does not throw: a timer calls it. */
  processesChanged(): void {
    if (this.#snapshot === undefined) return;
    try {
      this.#snapshot = this.#parts.reader.readProcesses();
      this.#observe(this.#snapshot);
      this.publish();
    } catch (error) {
      this.#parts.failed(error);
    }
  }

  /** Sends what is known now. */
  publish(): void {
    if (this.#snapshot === undefined) return;
    const state = reportedState(this.#snapshot, this.#ageOf, (image) => this.#parts.scans.stateOf(image));
    this.#parts.publish(state, this.#snapshot);
  }

  /** The collector may have lost what it had of the node's images. */
  contentLost(): void {
    this.#parts.scans.forgetHeld();
    this.#scan.call();
  }

  async close(): Promise<void> {
    clearTimeout(this.#scanTimer);
    await Promise.all([this.#read.close(), this.#scan.close()]);
  }

  async #readNode(): Promise<void> {
    this.#snapshot = await this.#parts.reader.read(this.#signal);
    this.#parts.scans.setImages(this.#snapshot.images);
    this.#observe(this.#snapshot);
    this.publish();
    this.#scan.call();
  }

  async #scanImages(): Promise<void> {
    clearTimeout(this.#scanTimer);
    await this.#parts.scans.run(this.#signal);
    this.publish();
    const dueIn = this.#parts.scans.dueIn();
    if (dueIn !== undefined && !this.#signal.aborted)
      this.#scanTimer = setTimeout(() => this.#scan.call(), dueIn);
    if (this.#snapshot?.complete === true) this.#parts.settled(this.#snapshot.images);
  }

  /** What cannot be remembered (a full disk) must not keep the inventory from going out. */
  #observe(snapshot: NodeSnapshot): void {
    const present = new Set(snapshot.images.map((image) => image.imageId));
    try {
      this.#ageOf = this.#parts.observe(present, imagesInUse(snapshot));
    } catch (error) {
      this.#parts.failed(error);
    }
  }

  async #guarded(run: () => Promise<void>): Promise<void> {
    if (this.#signal.aborted) return;
    try {
      await run();
    } catch (error) {
      if (!this.#signal.aborted) this.#parts.failed(error);
    }
  }
}
