import { monitorEventLoopDelay } from 'node:perf_hooks';

/** A timer this often finds delays; it costs about 0.6 % of a core, so it runs only when asked to. */
const RESOLUTION_MS = 10;

export interface Delay {
  /** Seconds. */
  readonly max: number;
  readonly p99: number;
}

/** How late this thread's event loop comes to what is due, because something else keeps it busy. */
export class EventLoopDelay {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #earlier: Delay = { max: 0, p99: 0 };
  #end: NodeJS.Timeout | undefined;

  /** Measures for that long from now on. */
  watchFor(ms: number): void {
    clearTimeout(this.#end);
    this.#end = setTimeout(() => this.#stop(), ms).unref();
    this.#histogram.enable();
  }

  /** What was measured since the last call; zeros when nothing was. */
  take(): Delay {
    const taken = worse(this.#earlier, this.#measured());
    this.#earlier = { max: 0, p99: 0 };
    this.#histogram.reset();
    return taken;
  }

  #stop(): void {
    this.#earlier = worse(this.#earlier, this.#measured());
    this.#histogram.disable();
    this.#histogram.reset();
  }

  #measured(): Delay {
    const { count, max } = this.#histogram;
    if (count === 0) return { max: 0, p99: 0 };
    return { max: late(max), p99: late(this.#histogram.percentile(99)) };
  }
}

/** The histogram holds the time from one timer to the next, in ns. */
function late(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1000);
}

function worse(a: Delay, b: Delay): Delay {
  return { max: Math.max(a.max, b.max), p99: Math.max(a.p99, b.p99) };
}
