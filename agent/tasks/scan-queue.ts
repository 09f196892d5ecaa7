import type { Image } from '../../core/inventory.ts';
import type { ContentName } from '../../proto/codec/content.ts';
import type { Runtime } from '../runtimes/runtime.ts';
import type { ImageScanner, ScanOutcome } from './image-scanner.ts';
import type { ScanState } from './reported-state.ts';

const FIRST_RETRY_MS = 30_000;
const LONGEST_RETRY_MS = 3_600_000;

export interface ScanQueueParts {
  readonly scanner: Pick<ImageScanner, 'scan'>;
  runtimes(): readonly Runtime[];
  /** Fulfilled when the collector has room for more, or when there is none to ask. */
  mayScan(signal: AbortSignal): Promise<void>;
  /** Called after each image that was scanned or failed. */
  scanned(image: Image, outcome: ScanOutcome): void;
  /** Milliseconds that never go back. */
  now(): number;
}

interface Failed {
  readonly message: string;
  readonly retryAt: number;
  readonly waitMs: number;
}

/** Scans the images that have no composition yet, one after the other; a failed one waits longer each time. */
export class ScanQueue {
  readonly #parts: ScanQueueParts;
  readonly #done = new Map<string, string>();
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
    for (const known of [this.#done, this.#failed]) {
      for (const imageId of known.keys()) if (!present.has(imageId)) known.delete(imageId);
    }
  }

  stateOf(image: Image): ScanState | undefined {
    const composition = this.#done.get(image.imageId);
    if (composition !== undefined) return { composition };
    const failed = this.#failed.get(image.imageId);
    return failed === undefined ? undefined : { problem: failed.message };
  }

  /** All content that these images come to: the facts of their layers, then their compositions, which need those. */
  content(images: readonly Image[]): ContentName[] {
    const scanned = images.filter(({ imageId }) => this.#done.has(imageId));
    const layers = new Set(scanned.flatMap((image) => image.diffIds));
    return [
      ...[...layers].map((key) => ({ kind: 'layer-facts' as const, key })),
      ...this.compositions().map((key) => ({ kind: 'composition' as const, key })),
    ];
  }

  /** The image that is being scanned. */
  get current(): Image | undefined {
    return this.#current;
  }

  /** Keys of the compositions of all images present. */
  compositions(): string[] {
    return [...new Set(this.#done.values())];
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
    return this.#images.find(
      ({ imageId }) => !this.#done.has(imageId) && (this.#failed.get(imageId)?.retryAt ?? 0) <= now,
    );
  }

  #record(image: Image, outcome: ScanOutcome): void {
    if (outcome.kind !== 'failed') {
      this.#failed.delete(image.imageId);
      this.#done.set(image.imageId, outcome.key);
      return;
    }
    const before = this.#failed.get(image.imageId);
    const waitMs = before === undefined ? FIRST_RETRY_MS : Math.min(LONGEST_RETRY_MS, before.waitMs * 2);
    this.#failed.set(image.imageId, {
      message: outcome.message,
      waitMs,
      retryAt: this.#parts.now() + waitMs,
    });
  }
}
