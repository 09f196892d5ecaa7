/**
 * An allowance that grows with time up to what fits the bucket, and that may be overdrawn by what is only known
 * afterwards. All times in ms, of a clock that never goes back.
 */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #capacity: number;
  #level: number;
  #at: number;

  /** Full at first. */
  constructor(perSecond: number, capacity: number, now: number) {
    this.#perSecond = perSecond;
    this.#capacity = capacity;
    this.#level = capacity;
    this.#at = now;
  }

  /** What is left; below 0 when more was spent than there was. */
  level(now: number): number {
    const grown = (this.#perSecond * Math.max(0, now - this.#at)) / 1000;
    this.#level = Math.min(this.#capacity, this.#level + grown);
    this.#at = Math.max(this.#at, now);
    return this.#level;
  }

  spend(amount: number, now: number): void {
    this.#level = this.level(now) - amount;
  }
}
