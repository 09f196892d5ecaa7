const DAY_MS = 86_400_000;
/** A clock that went ahead of the other by more was set, or the machine slept. */
const JUMP_MS = DAY_MS;
/** A run reaches no further beyond the last one than this. */
const STEP_MS = DAY_MS;
/** How long the clocks must have agreed before a run that is behind: a little less than from one run to the next. */
const STEADY_MS = 3_300_000;

/** What a run may do. `why`: it is held back. `asOf`: the time from which the age of data counts; absent: it does nothing. */
export interface PruneTurn {
  readonly asOf?: number;
  readonly why?: 'jumped' | 'behind';
}

/**
 * Says as of when old data may be removed, where the clock may be wrong: what is removed for its age is gone for good.
 * While the clock tells a time that follows the last run's, that is the time. Otherwise nobody knows whether the collector
 * was off for long or the clock is ahead, so a run removes what grew old in one day: a clock that is years ahead costs a
 * day's worth an hour, and not all there is at once.
 */
export class PruneClock {
  #wall: number;
  #steady: number;
  #steadySince: number;

  /** `wall`: ms since the epoch. `steady`: ms of a clock that nobody sets. */
  constructor(wall: number, steady: number) {
    this.#wall = wall;
    this.#steady = steady;
    this.#steadySince = steady;
  }

  /** `last`: as of when the last run was, by whichever collector; undefined when there was none. */
  turn(wall: number, steady: number, last: number | undefined): PruneTurn {
    const ahead = wall - this.#wall - (steady - this.#steady);
    this.#wall = wall;
    this.#steady = steady;
    if (ahead > JUMP_MS) {
      this.#steadySince = steady;
      return { why: 'jumped' };
    }
    if (last === undefined || wall <= last + STEP_MS) return { asOf: wall };
    if (steady - this.#steadySince < STEADY_MS) return { why: 'behind' };
    return { asOf: last + STEP_MS, why: 'behind' };
  }
}
