import type { CleanupService } from './cleanup-service.ts';

export interface CleanupWatchParts {
  readonly cleanup: Pick<CleanupService, 'settle' | 'kept' | 'undo'>;
  /** Images were brought back, since somebody asked for them again. */
  readonly restored: (imageIds: readonly string[]) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Looks after what runs have left: brings to an end what was cut off, frees what has had its grace period, and brings back
 * whole what somebody pulls again in the meantime. One thing after the other; what fails is tried again with the next call.
 */
export class CleanupWatch {
  readonly #parts: CleanupWatchParts;
  readonly #signal: AbortSignal;
  readonly #waiting = new Set<'settle' | 'bring back'>();
  #present: ReadonlySet<string> = new Set();
  #work: Promise<void> = Promise.resolve();

  constructor(parts: CleanupWatchParts, signal: AbortSignal) {
    this.#parts = parts;
    this.#signal = signal;
  }

  /** The time may have come for something. */
  tick(): void {
    this.#then('settle', () => this.#parts.cleanup.settle(this.#signal));
  }

  /** These images are on the node now. */
  present(imageIds: ReadonlySet<string>): void {
    this.#present = imageIds;
    this.#then('bring back', () => this.#bringBack());
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    await this.#work;
  }

  /** By what is kept when its turn comes: while one image is brought back, it is told of again. */
  async #bringBack(): Promise<void> {
    const { cleanup, restored, failed } = this.#parts;
    const asked = cleanup.kept().filter(({ imageId }) => this.#present.has(imageId));
    for (const [runId, images] of Map.groupBy(asked, (one) => one.runId)) {
      if (this.#signal.aborted) return;
      const request = {
        issuer: 'this node',
        reason: 'it was asked for again',
        imageIds: images.map(({ imageId }) => imageId),
      };
      try {
        const result = await cleanup.undo(runId, request, this.#signal);
        if (result.restored.length > 0) restored(result.restored);
        for (const problem of result.problems) failed(new Error(problem));
      } catch (error) {
        failed(error);
      }
    }
  }

  /** One that waits already covers the call. */
  #then(what: 'settle' | 'bring back', task: () => Promise<void>): void {
    if (this.#waiting.has(what)) return;
    this.#waiting.add(what);
    this.#work = this.#work.then(async () => {
      this.#waiting.delete(what);
      if (this.#signal.aborted) return;
      await task().catch((error: unknown) => this.#parts.failed(error));
    });
  }
}
