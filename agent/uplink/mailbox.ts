import { UplinkError } from './uplink-error.ts';

/** More answers than this to questions not asked are no mistake any more. */
const CAPACITY = 16;

/** Answers of the collector for one part of the session, in order. Bounded: a flood ends the session. */
export class Mailbox<T> {
  #items: T[] = [];
  #waiting: (() => void) | undefined;

  /** Throws an UplinkError when nobody takes what comes. */
  put(item: T): void {
    if (this.#items.length >= CAPACITY) {
      throw new UplinkError('protocol', 'the collector sends answers that nobody asked for');
    }
    this.#items.push(item);
    this.#waiting?.();
  }

  /** What is there, without waiting. */
  poll(): T | undefined {
    return this.#items.shift();
  }

  clear(): void {
    this.#items = [];
  }

  /** The next answer; one taker at a time. Rejects after `ms`, or when the session ends. */
  async take(what: string, ms: number, signal: AbortSignal): Promise<T> {
    const held = this.poll();
    if (held !== undefined) return held;
    signal.throwIfAborted();
    return new Promise<T>((resolve, reject) => {
      const finish = (settle: () => void) => (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', ended);
        this.#waiting = undefined;
        settle();
      };
      const ended = finish(() => reject(new UplinkError('ended', 'the session is over')));
      const late = (): void =>
        reject(new UplinkError('timeout', `the collector sent no ${what} within ${ms} ms`));
      const timer = setTimeout(finish(late), ms);
      signal.addEventListener('abort', ended);
      this.#waiting = finish(() => {
        const item = this.poll();
        if (item !== undefined) resolve(item);
      });
    });
  }
}
