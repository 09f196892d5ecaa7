import { duration } from '../../core/cleanup/explain.ts';

/** So long plans and receipts tell of it. */
const TOLD_MS = 24 * 3_600_000;
const MOST_TOLD = 5;

interface Jump {
  readonly stepMs: number;
  readonly at: number;
}

/** Remembers when the node's clock was set, for those who read a plan or a receipt. Ages do not depend on it: see NodeTime. */
export class ClockJumps {
  readonly #elapsed: () => number;
  #jumps: readonly Jump[] = [];

  /** `elapsed`: ms by a clock that nobody sets. */
  constructor(elapsed: () => number) {
    this.#elapsed = elapsed;
  }

  /** By how many ms the clock was set, forward or (negative) back; 0 says nothing. */
  note(stepMs: number): void {
    if (stepMs !== 0) this.#jumps = [...this.#jumps, { stepMs, at: this.#elapsed() }].slice(-MOST_TOLD);
  }

  /** Sentences. */
  warnings(): readonly string[] {
    const now = this.#elapsed();
    this.#jumps = this.#jumps.filter(({ at }) => now - at < TOLD_MS);
    return this.#jumps.map(({ stepMs, at }) => {
      const way = stepMs > 0 ? 'forward' : 'back';
      const when = duration(now - at);
      return `The clock of this node was set ${way} by ${duration(Math.abs(stepMs))}, ${when} ago: ages are counted without it, times in receipts are by it.`;
    });
  }
}
