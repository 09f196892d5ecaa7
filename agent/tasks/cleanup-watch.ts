import type { CleanupService } from './cleanup-service.ts';

export interface CleanupWatchParts {
  readonly cleanup: CleanupService;
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
  #work: Promise<void> = Promise.resolve();

  constructor(parts: CleanupWatchParts, signal: AbortSignal) {
    this.#parts = parts;
    this.#signal = signal;
  }

  /** The time may have come for something. */
  tick(): void {
    this.#then(async () => await this.#parts.cleanup.settle(this.#signal));
  }

  /** These images are on the node now. */
  present(imageIds: ReadonlySet<string>): void {
    const { cleanup, restored } = this.#parts;
    const asked = cleanup.kept().filter(({ imageId }) => imageIds.has(imageId));
    for (const [runId, images] of Map.groupBy(asked, (one) => one.runId)) {
      const request = {
        issuer: 'this node',
        reason: 'it was asked for again',
        imageIds: images.map(({ imageId }) => imageId),
      };
      this.#then(async () => {
        const result = await cleanup.undo(runId, request, this.#signal);
        if (result.restored.length > 0) restored(result.restored);
        for (const problem of result.problems) this.#parts.failed(new Error(problem));
      });
    }
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    await this.#work;
  }

  #then(task: () => Promise<void>): void {
    this.#work = this.#work.then(async () => {
      if (this.#signal.aborted) return;
      await task().catch((error: unknown) => this.#parts.failed(error));
    });
  }
}
