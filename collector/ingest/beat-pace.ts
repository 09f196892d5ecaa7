/** A message that is worked off later than this on average says that the collector does not keep up, ms. */
const SLOW_MS = 250;
/** And one below this that it does again. */
const QUICK_MS = 50;
const MOST_FACTOR = 16;

/**
 * How often agents shall report, by how long the collector takes for what they send. Once a beat interval it is doubled
 * while the collector is slow, and halved while it is quick.
 */
export class BeatPace {
  readonly #beatMs: number;
  readonly #now: () => number;
  readonly #onChange: (beatMs: number) => void;
  #factor = 1;
  #windowEnds: number;
  #sumMs = 0;
  #count = 0;

  constructor(options: {
    readonly beatMs: number;
    /** ms that never go back. */
    readonly now: () => number;
    readonly onChange: (beatMs: number) => void;
  }) {
    this.#beatMs = options.beatMs;
    this.#now = options.now;
    this.#onChange = options.onChange;
    this.#windowEnds = options.now() + options.beatMs;
  }

  /** The beat interval while the collector keeps up, ms. */
  get usualMs(): number {
    return this.#beatMs;
  }

  /** The beat interval that agents shall keep now, ms. */
  get beatMs(): number {
    return this.#beatMs * this.#factor;
  }

  /** A message took this long from when it was read until it was answered. */
  observe(ms: number): void {
    this.#sumMs += ms;
    this.#count += 1;
    const now = this.#now();
    if (now < this.#windowEnds) return;
    const mean = this.#sumMs / this.#count;
    this.#windowEnds = now + this.#beatMs;
    this.#sumMs = 0;
    this.#count = 0;
    this.#adapt(mean);
  }

  #adapt(mean: number): void {
    const before = this.#factor;
    if (mean > SLOW_MS) this.#factor = Math.min(MOST_FACTOR, before * 2);
    else if (mean < QUICK_MS) this.#factor = Math.max(1, before / 2);
    if (this.#factor !== before) this.#onChange(this.beatMs);
  }
}
