export interface BackoffOptions {
  /** Ceiling of the first wait, ms. */
  readonly baseMs: number;
  /** Ceiling of any wait, ms. */
  readonly capMs: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/**
 * Waits between attempts: exponential with full jitter, so that a fleet that lost its collector at one moment
 * does not come back at one moment. Source: AWS Architecture Blog, "Exponential Backoff And Jitter" (2015).
 */
export class Backoff {
  readonly #options: BackoffOptions;
  #attempt = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** The next wait, ms: uniform between 0 and a ceiling that doubles with each attempt. */
  next(): number {
    const wait = fullJitter(this.#attempt, this.#options);
    this.#attempt += 1;
    return wait;
  }

  /** After success: the next wait is a first one again. */
  reset(): void {
    this.#attempt = 0;
  }
}

/** Wait before attempt number `attempt` (from 0), ms. */
export function fullJitter(attempt: number, { baseMs, capMs, random }: BackoffOptions): number {
  // 2 ** 31 of any base is beyond any cap; more would overflow to Infinity, and Infinity * 0 is not a number.
  const ceiling = Math.min(capMs, baseMs * 2 ** Math.min(attempt, 31));
  return Math.floor(random() * ceiling);
}
