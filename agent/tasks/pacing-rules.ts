import { TokenBucket } from '../../platform/token-bucket.ts';
import {
  nextPressureState,
  pauseText,
  RUN_MS,
  type Contended,
  type PressureLimits,
  type Pressures,
  type PressureState,
} from './pressure-rules.ts';

/** The average over a minute keeps to the budget: what was not used of that minute may be used at once. */
const AVERAGE_SECONDS = 60;
/** CPU seconds that are there before a scan goes on. Little, so that nobody waits long for the processor. */
const SLICE_SECONDS = 0.05;

/** Why a scan stands still. `sentence` is for people. */
export interface Hold {
  readonly reason: 'cpu' | Contended;
  readonly sentence: string;
}

export interface PaceLimits extends PressureLimits {
  /** CPU time a second, averaged over a minute. */
  readonly cores: number;
}

/** Decides when scanning goes on and when it waits. Times in ms, of a clock that never goes back. */
export class Pace {
  readonly #limits: PaceLimits;
  readonly #bucket: TokenBucket;
  #pressure: PressureState = {};
  #hold: Hold | undefined;
  #at: number;

  constructor(limits: PaceLimits, now: number) {
    this.#limits = limits;
    this.#bucket = new TokenBucket(limits.cores, limits.cores * AVERAGE_SECONDS, now);
    this.#at = now;
  }

  /** Since the last call that long of CPU time was used. `pressures` is asked for only when it counts. */
  next(usedSeconds: number, pressures: () => Pressures, now: number): Hold | undefined {
    // What the node suffered while nothing was scanned is no matter of ours any more.
    if (now - this.#at > RUN_MS) this.#pressure = {};
    this.#at = now;
    this.#bucket.spend(usedSeconds, now);
    this.#pressure = nextPressureState(this.#pressure, pressures, this.#limits, now);
    this.#hold = this.#pressureHold() ?? this.#cpuHold(now);
    return this.#hold;
  }

  #pressureHold(): Hold | undefined {
    const { pause } = this.#pressure;
    return pause && { reason: pause.resource, sentence: `scanning is paused: ${pauseText(pause)}` };
  }

  #cpuHold(now: number): Hold | undefined {
    const least = this.#hold?.reason === 'cpu' ? SLICE_SECONDS : 0;
    if (this.#bucket.level(now) > least) return undefined;
    return { reason: 'cpu', sentence: `scanning keeps to ${this.#limits.cores} of a core` };
  }
}
