import { RecentSum } from '../../platform/recent-sum.ts';
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

/** The average over any minute keeps to the budget: what was not used of that minute may be used at once. */
const AVERAGE_SECONDS = 60;
const SLOT_MS = 1000;
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
  /** What the last minute has left. */
  readonly #minute = new RecentSum(AVERAGE_SECONDS * 1000, SLOT_MS);
  /** Makes up for slices that took longer than there was, and spreads a scan that used its minute's share evenly. */
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
    this.#minute.add(usedSeconds, now);
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
    const left = this.#limits.cores * AVERAGE_SECONDS - this.#minute.total(now);
    const level = this.#bucket.level(now);
    // Who waits for the minute to pass saves nothing up, or all of it would be used at once again.
    if (left <= least && level > 0) this.#bucket.spend(level, now);
    if (Math.min(left, level) > least) return undefined;
    return { reason: 'cpu', sentence: `scanning keeps to ${this.#limits.cores} of a core` };
  }
}
