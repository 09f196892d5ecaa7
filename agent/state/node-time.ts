import type { Clock } from './clock.ts';
import { integer, text } from './database.ts';
import type { Database, Statement } from './database.ts';
import { StateError } from './state-error.ts';

interface Anchor {
  readonly bootId: string;
  readonly monotonic: number;
  readonly wall: number;
  readonly elapsed: number;
}

/** Smaller differences between the clocks are corrections, not jumps. */
const LEAST_STEP_MS = 30_000;

/**
 * Time as this node has lived it: milliseconds that the node was up since its memory began. All ages are measured in it.
 *
 * The wall clock cannot serve: it may be years off until the first synchronization, and a jump would make every image
 * old at once, or young for ever. The monotonic clock cannot either, for it starts anew with each boot. So the monotonic
 * clock is summed up across boots, and the sum is written down together with the clock and the boot it was read in.
 *
 * - The agent was down, the node was up: counted, since the monotonic clock went on (same boot ID).
 * - The node was down: not counted; nothing could be used meanwhile. The time from its boot to the agent's start is.
 * - The node lost power: what was not written down since the last `mark` is not counted.
 * - The wall clock jumped: no effect.
 *
 * Where it errs, things are younger than they are, never older.
 */
export class NodeTime {
  readonly #clock: Clock;
  readonly #write: Statement;
  #anchor: Anchor;
  #step = 0;

  constructor(database: Database, clock: Clock) {
    this.#clock = clock;
    this.#write = database.prepare(
      `INSERT INTO node_time (id, boot_id, monotonic, wall, elapsed) VALUES (1, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET boot_id = excluded.boot_id, monotonic = excluded.monotonic,
         wall = excluded.wall, elapsed = excluded.elapsed`,
    );
    const row = database.prepare('SELECT boot_id, monotonic, wall, elapsed FROM node_time').get();
    this.#anchor =
      row === undefined
        ? this.#reading(0)
        : {
            bootId: text(row, 'boot_id'),
            monotonic: integer(row, 'monotonic'),
            wall: integer(row, 'wall'),
            elapsed: integer(row, 'elapsed'),
          };
    this.markIfRoom();
  }

  /** ms of node time. */
  now(): number {
    return this.#anchor.elapsed + this.#since(this.#anchor);
  }

  /** ms since the epoch, by the node's present belief. */
  wall(): number {
    return Math.round(this.#clock.wall());
  }

  /** Writes down where node time stands. */
  mark(): void {
    const before = this.#anchor;
    const passed = this.#since(before);
    const after = this.#reading(before.elapsed + passed);
    this.#write.run(after.bootId, after.monotonic, after.wall, after.elapsed);
    this.#anchor = after;
    const step = after.bootId === before.bootId ? after.wall - before.wall - passed : 0;
    if (Math.abs(step) >= LEAST_STEP_MS) this.#step += step;
  }

  /** As `mark`, but a full disk is no error: the agent is wanted most then, and ages only lag by it. */
  markIfRoom(): void {
    try {
      this.mark();
    } catch (error) {
      if (!(error instanceof StateError) || error.code !== 'full') throw error;
    }
  }

  /**
   * By how many ms the wall clock was set forward (or, negative, back) since the last call, as far as marks within
   * one boot tell; mostly 0.
   */
  takeStep(): number {
    const step = this.#step;
    this.#step = 0;
    return step;
  }

  #since(anchor: Anchor): number {
    const monotonic = Math.round(this.#clock.monotonic());
    const from = this.#clock.bootId === anchor.bootId ? anchor.monotonic : 0;
    return Math.max(0, monotonic - from);
  }

  #reading(elapsed: number): Anchor {
    const monotonic = Math.round(this.#clock.monotonic());
    return { bootId: this.#clock.bootId, monotonic, wall: this.wall(), elapsed };
  }
}
