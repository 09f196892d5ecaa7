import { Bell } from './bell.ts';

/**
 * How much content the collector lets this agent send. Between sessions nothing is known of its load, and what is
 * scanned then waits on the disk: there is no want of credit.
 */
export class Credit {
  #bytes = 0;
  #items = 0;
  #open = false;
  readonly #bell = new Bell();
  readonly #waiters = new Set<() => void>();

  /** A session begins with this much. */
  open(bytes: number, items: number): void {
    this.#open = true;
    this.#bytes = 0;
    this.#items = 0;
    this.add(bytes, items);
  }

  /** The session is over. */
  close(): void {
    this.#open = false;
    this.#wake();
  }

  add(bytes: number, items: number): void {
    this.#bytes = Math.min(this.#bytes + bytes, Number.MAX_SAFE_INTEGER);
    this.#items = Math.min(this.#items + items, Number.MAX_SAFE_INTEGER);
    this.#wake();
  }

  /** False: the collector cannot take more now; producing more is useless. */
  has(): boolean {
    return !this.#open || (this.#bytes > 0 && this.#items > 0);
  }

  /** Until `has()`. Rejects when the signal fires. */
  async available(signal: AbortSignal): Promise<void> {
    while (!this.has()) {
      signal.throwIfAborted();
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#waiters.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        this.#waiters.add(wake);
        signal.addEventListener('abort', wake);
      });
    }
    signal.throwIfAborted();
  }

  /** Waits for one item's credit and spends it. For the sender alone. */
  async spendItem(signal: AbortSignal): Promise<void> {
    while (this.#items < 1) await this.#bell.heard(signal);
    this.#items -= 1;
  }

  /** Waits until all these bytes are allowed and spends them. For the sender alone. */
  async spendBytes(bytes: number, signal: AbortSignal): Promise<void> {
    while (this.#bytes < bytes) await this.#bell.heard(signal);
    this.#bytes -= bytes;
  }

  #wake(): void {
    this.#bell.ring();
    for (const wake of [...this.#waiters]) wake();
  }
}
