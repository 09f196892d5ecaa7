/** The queue is full; nothing was queued. */
export class QueueFullError extends Error {
  readonly code = 'queue-full';

  constructor(capacity: number) {
    super(`${capacity} tasks are waiting already`);
    this.name = 'QueueFullError';
  }
}

/** Runs tasks one after the other, in the order they came. Bounded: a task beyond the capacity is refused. */
export class SerialQueue {
  readonly #capacity: number;
  #unfinished = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Tasks that are not over, the one under way among them. */
  get size(): number {
    return this.#unfinished;
  }

  /** A task given now would be refused. */
  get full(): boolean {
    return this.#unfinished >= this.#capacity;
  }

  /** Resolves when all that was given so far is over, however that ended. */
  async settled(): Promise<void> {
    await this.#last;
  }

  /** The task's outcome; rejects with QueueFullError when too many wait. One task's failure does not touch the next. */
  run<T>(task: () => Promise<T>): Promise<T> {
    if (this.full) return Promise.reject(new QueueFullError(this.#capacity));
    this.#unfinished += 1;
    const outcome = this.#last.then(task).finally(() => {
      this.#unfinished -= 1;
    });
    this.#last = outcome.catch(() => undefined);
    return outcome;
  }
}
