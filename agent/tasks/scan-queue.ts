import type { Image } from '../../core/inventory.ts';
import type { DiffId } from '../../core/layer.ts';
import type { ContentName } from '../../proto/codec/content.ts';
import type { Runtime } from '../runtimes/runtime.ts';
import type { FleetOutcome, FleetScanner } from './fleet-scanner.ts';
import type { ScanState } from './reported-state.ts';

const FIRST_RETRY_MS = 30_000;
const LONGEST_RETRY_MS = 3_600_000;

export interface ScanQueueParts {
  readonly scanner: Pick<FleetScanner, 'scan' | 'keyOf'>;
  runtimes(): readonly Runtime[];
  /** Fulfilled when the collector has room for more, or when there is none to ask. */
  mayScan(signal: AbortSignal): Promise<void>;
  /** Called after each image that was looked at. */
  scanned(image: Image, outcome: FleetOutcome): void;
  /** Milliseconds that never go back. */
  now(): number;
}

interface Failed {
  readonly message: string;
  readonly retryAt: number;
  readonly waitMs: number;
}

/**
 * Scans the images of which nothing is known yet, one after the other; a failed one waits longer each time. What other nodes
 * are at is left to them, and asked for again when the collector says so.
 */
export class ScanQueue {
  readonly #parts: ScanQueueParts;
  /** Compositions that are stored here. */
  readonly #read = new Map<string, string>();
  /** Compositions that the collector has. */
  readonly #held = new Map<string, string>();
  /** Images of which it may have them no more. */
  readonly #doubtful = new Set<string>();
  /** Layers that were read for the collector, of images that need not be read whole. */
  readonly #layers = new Map<string, ReadonlySet<DiffId>>();
  /** When to look again at images that others are at. */
  readonly #elsewhere = new Map<string, number>();
  readonly #failed = new Map<string, Failed>();
  #images: readonly Image[] = [];
  #current: Image | undefined;

  constructor(parts: ScanQueueParts) {
    this.#parts = parts;
  }

  /** The node's images now; what is not among them is forgotten. */
  setImages(images: readonly Image[]): void {
    this.#images = images;
    const present = new Set(images.map((image) => image.imageId));
    for (const known of [
      this.#read,
      this.#held,
      this.#doubtful,
      this.#layers,
      this.#elsewhere,
      this.#failed,
    ]) {
      for (const imageId of known.keys()) if (!present.has(imageId)) known.delete(imageId);
    }
  }

  /** The collector may have lost what it said to hold: it is asked again. */
  forgetHeld(): void {
    for (const imageId of this.#held.keys()) this.#doubtful.add(imageId);
  }

  stateOf(image: Image): ScanState | undefined {
    const composition = this.#read.get(image.imageId) ?? this.#held.get(image.imageId);
    if (composition !== undefined) return { composition };
    const failed = this.#failed.get(image.imageId);
    return failed === undefined ? undefined : { problem: failed.message };
  }

  /** All content that was read of these images: the facts of layers, then the compositions, which need those. */
  content(images: readonly Image[]): ContentName[] {
    const layers = new Set<DiffId>();
    const compositions = new Set<string>();
    for (const { imageId, diffIds } of images) {
      const composition = this.#read.get(imageId);
      if (composition !== undefined) compositions.add(composition);
      const read = composition === undefined ? (this.#layers.get(imageId) ?? []) : diffIds;
      for (const diffId of read) layers.add(diffId);
    }
    return [
      ...[...layers].map((key) => ({ kind: 'layer-facts' as const, key })),
      ...[...compositions].map((key) => ({ kind: 'composition' as const, key })),
    ];
  }

  /** The image that is being scanned. */
  get current(): Image | undefined {
    return this.#current;
  }

  /** Keys of the compositions of all images present, stored here or not. */
  compositions(): string[] {
    return [...new Set(this.#images.map((image) => this.#parts.scanner.keyOf(image)))];
  }

  /** ms until images that failed, or that others are at, are to be looked at again; undefined when there are none. */
  dueIn(): number | undefined {
    const due = this.#images.flatMap(({ imageId }) =>
      this.#isKnown(imageId) ? [] : (this.#dueAt(imageId) ?? []),
    );
    return due.length === 0 ? undefined : Math.max(0, Math.min(...due) - this.#parts.now());
  }

  /** Returns when nothing is left to scan now. Throws only when `signal` fires. */
  async run(signal: AbortSignal): Promise<void> {
    for (let image = this.#next(); image !== undefined; image = this.#next()) {
      await this.#parts.mayScan(signal);
      this.#current = image;
      const outcome = await this.#parts.scanner
        .scan(image, this.#parts.runtimes(), signal)
        .finally(() => (this.#current = undefined));
      this.#record(image, outcome);
      this.#parts.scanned(image, outcome);
    }
  }

  #next(): Image | undefined {
    const now = this.#parts.now();
    return this.#images.find(({ imageId }) => !this.#isKnown(imageId) && (this.#dueAt(imageId) ?? 0) <= now);
  }

  /** When to look at it again; undefined when nothing came of it yet. */
  #dueAt(imageId: string): number | undefined {
    const retryAt = this.#failed.get(imageId)?.retryAt;
    const askAt = this.#elsewhere.get(imageId);
    return retryAt === undefined || askAt === undefined ? (retryAt ?? askAt) : Math.max(retryAt, askAt);
  }

  #isKnown(imageId: string): boolean {
    return this.#read.has(imageId) || (this.#held.has(imageId) && !this.#doubtful.has(imageId));
  }

  #record({ imageId }: Image, outcome: FleetOutcome): void {
    this.#elsewhere.delete(imageId);
    switch (outcome.kind) {
      case 'known':
      case 'scanned':
        this.#failed.delete(imageId);
        this.#read.set(imageId, outcome.key);
        return;
      case 'held':
        this.#failed.delete(imageId);
        this.#doubtful.delete(imageId);
        this.#held.set(imageId, outcome.key);
        this.#addLayers(imageId, outcome.layers);
        return;
      case 'elsewhere':
        this.#elsewhere.set(imageId, this.#parts.now() + outcome.retryAfterMs);
        this.#addLayers(imageId, outcome.layers);
        return;
      case 'failed':
        this.#held.delete(imageId);
        this.#fail(imageId, outcome.message);
    }
  }

  #addLayers(imageId: string, layers: readonly DiffId[]): void {
    this.#layers.set(imageId, new Set([...(this.#layers.get(imageId) ?? []), ...layers]));
  }

  #fail(imageId: string, message: string): void {
    const before = this.#failed.get(imageId);
    const waitMs = before === undefined ? FIRST_RETRY_MS : Math.min(LONGEST_RETRY_MS, before.waitMs * 2);
    this.#failed.set(imageId, { message, waitMs, retryAt: this.#parts.now() + waitMs });
  }
}
