/**
 * Joins many calls for a run into few: a run starts `quietMs` after the last call, at the latest `mostMs` after
 * the first, and never beside another run. A call during a run leads to one more.
 */
export class Trigger {
  readonly #run: () => Promise<void>;
  readonly #quietMs: number;
  readonly #mostMs: number;
  #timer: NodeJS.Timeout | undefined;
  #firstCall = 0;
  #running: Promise<void> | undefined;
  #again = false;
  #closed = false;

  /** `run` must not throw. */
  constructor(
    run: () => Promise<void>,
    { quietMs, mostMs }: { readonly quietMs: number; readonly mostMs: number },
  ) {
    this.#run = run;
    this.#quietMs = quietMs;
    this.#mostMs = mostMs;
  }

  call(): void {
    if (this.#closed) return;
    const now = performance.now();
    if (this.#timer === undefined) this.#firstCall = now;
    clearTimeout(this.#timer);
    const wait = Math.max(0, Math.min(this.#quietMs, this.#firstCall + this.#mostMs - now));
    this.#timer = setTimeout(() => this.#fire(), wait);
  }

  /** No run starts after this; waits for the one under way. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #fire(): void {
    this.#timer = undefined;
    if (this.#running !== undefined) {
      this.#again = true;
      return;
    }
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
      if (!this.#again) return;
      this.#again = false;
      this.call();
    });
  }
}
