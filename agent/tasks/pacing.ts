import { setTimeout as sleep } from 'node:timers/promises';
import type { Gate } from '../../platform/gate.ts';
import type { Logger } from '../../platform/logging.ts';
import { Pace, type Hold, type PaceLimits } from './pacing-rules.ts';
import type { Pressures } from './pressure-rules.ts';

/** How often the CPU time used is looked at, and so about how long a slice is. */
const TICK_MS = 100;

/** What happened since the last one. */
export interface PacingTick {
  readonly usedSeconds: number;
  readonly heldSeconds: number;
  readonly reason?: Hold['reason'];
}

export interface ScanPacingParts {
  /** Before which the scanning thread stops. */
  readonly gate: Gate;
  readonly limits: PaceLimits;
  readonly pressures: () => Pressures;
  /** CPU time of the whole process so far: threads that collect garbage or decompress work for the scan too. */
  readonly cpuSeconds: () => number;
  /** Milliseconds that never go back. */
  readonly now: () => number;
  readonly logger: Logger;
  /** Called several times a second while something is scanned. */
  readonly onTick: (tick: PacingTick) => void;
}

/** Makes scanning give way to the node: it stops between two images, and inside a layer. */
export class ScanPacing {
  readonly #parts: ScanPacingParts;
  readonly #pace: Pace;
  #hold: Hold | undefined;
  #cpuBefore = 0;
  #tickBefore = 0;

  constructor(parts: ScanPacingParts) {
    this.#parts = parts;
    this.#pace = new Pace(parts.limits, parts.now());
  }

  /** That scanning is paused, and why. */
  get notes(): readonly string[] {
    const note = noteOf(this.#hold);
    return note === undefined ? [] : [note];
  }

  /** Runs a scan, one at a time, when the node allows it, and holds it up whenever the node does not. */
  async scan<T>(run: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const { cpuSeconds, now, gate } = this.#parts;
    this.#cpuBefore = cpuSeconds();
    this.#tickBefore = now();
    const ticks = setInterval(() => this.#tick(), TICK_MS);
    try {
      this.#tick();
      while (!gate.isOpen) await sleep(TICK_MS, undefined, { signal });
      return await run();
    } finally {
      clearInterval(ticks);
      this.#tick();
      this.#set(undefined);
    }
  }

  #tick(): void {
    const { cpuSeconds, now, pressures, gate, onTick } = this.#parts;
    const cpu = cpuSeconds();
    const time = now();
    // What other work takes while the scan is held is not the scan's.
    const used = gate.isOpen ? Math.max(0, cpu - this.#cpuBefore) : 0;
    const held = gate.isOpen ? 0 : (time - this.#tickBefore) / 1000;
    this.#cpuBefore = cpu;
    this.#tickBefore = time;
    onTick({ usedSeconds: used, heldSeconds: held, ...(this.#hold && { reason: this.#hold.reason }) });
    this.#set(this.#pace.next(used, pressures, time));
  }

  #set(hold: Hold | undefined): void {
    const [before, after] = [noteOf(this.#hold), noteOf(hold)];
    this.#hold = hold;
    const { gate, logger } = this.#parts;
    if (hold === undefined) gate.open();
    else gate.shut();
    if (before === undefined && after !== undefined) logger.info({ reason: after }, 'scan paused');
    else if (before !== undefined && after === undefined) logger.info('scan goes on');
  }
}

/** Keeping to the CPU budget is no news. */
function noteOf(hold: Hold | undefined): string | undefined {
  return hold === undefined || hold.reason === 'cpu' ? undefined : hold.sentence;
}
