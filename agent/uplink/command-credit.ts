import { Bell } from './bell.ts';
import type { CommandGate, Standing } from './command-gate.ts';
import type { Wire } from './wire.ts';

/** Commands taken ahead of their results: with one more, as many as are carried out and wait where they are carried out. */
const AHEAD = 16;

/**
 * How many commands the collector may hand over ahead of their results. It belongs to a session, but what was taken in an
 * earlier one and is not answered yet counts in the next.
 */
export class CommandCredit {
  readonly #gate: Pick<CommandGate, 'room' | 'roomIn'>;
  readonly #bell = new Bell();
  #unanswered = 0;
  /** What the collector has left; Infinity when it does not count. */
  #left = Infinity;

  constructor(gate: Pick<CommandGate, 'room' | 'roomIn'>) {
    this.#gate = gate;
  }

  /** What a hello may say: at least one, since none means any number. */
  offered(): number {
    return Math.max(1, this.#most());
  }

  /** A session begins. `offered`: what its hello said; absent when the collector is too old to heed it. */
  open(offered?: number): void {
    this.#left = offered ?? Infinity;
  }

  /** A command came. Each must be `answered` once. */
  taken(): Standing {
    this.#unanswered += 1;
    if (this.#left === Infinity) return 'uncounted';
    if (this.#left < 1) return 'beyond';
    this.#left -= 1;
    return 'within';
  }

  /** It has a result, or was dropped: another may come in its place. */
  answered(): void {
    this.#unanswered -= 1;
    this.#bell.ring();
  }

  /** Gives credit back until the session ends, then rejects. */
  async run(wire: Wire): Promise<never> {
    for (;;) {
      const commands = this.#most() - this.#left;
      if (commands >= 1) {
        this.#left += commands;
        await wire.send({ commandCredit: { commands } });
        continue;
      }
      const hasPlace = AHEAD - this.#unanswered > this.#left;
      await this.#bell.heard(wire.signal, hasPlace ? this.#gate.roomIn(this.#left + 1) : undefined);
    }
  }

  #most(): number {
    return Math.max(0, Math.min(AHEAD - this.#unanswered, this.#gate.room()));
  }
}
