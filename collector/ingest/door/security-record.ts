import type { Logger } from '../../../platform/logging.ts';
import type { IngestStore } from '../ingest-store.ts';
import { turnedAwayWords, type TurnedAway } from './turned-away.ts';

/** What comes together within this is written together, ms. */
const WRITE_MS = 5000;
/** Lines of one day; whoever has many addresses must not push everything else out of the record. */
const MOST_LINES = 100;
const LINE_KEPT_MS = 24 * 3_600_000;
const REASON = 'connection';

export interface SecurityRecordOptions {
  readonly store: Pick<IngestStore, 'recordRefusal'>;
  /** ms since the epoch. */
  readonly clock: () => number;
  readonly logger: Logger;
}

interface Line {
  readonly one: TurnedAway;
  /** Of the last one. */
  at: number;
  /** Not written yet. */
  count: number;
  isLogged: boolean;
}

/** Writes down who was turned away at the door, equal ones together. Bounded, whoever comes and however often. */
export class SecurityRecord {
  readonly #options: SecurityRecordOptions;
  /** By what they say, in the order of their last ones. */
  readonly #lines = new Map<string, Line>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SecurityRecordOptions) {
    this.#options = options;
  }

  /** Takes no time, and does not throw. */
  note(one: TurnedAway): void {
    const line = this.#lineOf(one);
    line.count += 1;
    line.at = this.#options.clock();
    this.#timer ??= setTimeout(() => void this.write(), WRITE_MS).unref();
  }

  /** Writes what was noted. What the store does not take now, it is given the next time. Never rejects. */
  async write(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { store, logger } = this.#options;
    for (const line of [...this.#lines.values()]) {
      if (line.count === 0) continue;
      const { one, count, at } = line;
      const { node = '', address, why } = one;
      const message = `${turnedAwayWords(why)} (from ${address})`;
      if (!line.isLogged) logger.warn({ node, address, why, count }, 'connections turned away');
      line.isLogged = true;
      line.count = 0;
      try {
        await store.recordRefusal({ node, reason: REASON, message, at, count });
      } catch (error) {
        line.count += count;
        logger.error({ err: error }, 'connections turned away are not recorded');
        return;
      }
    }
  }

  /** The line that says this, or, when there are too many others, the one for all of its kind. */
  #lineOf(one: TurnedAway): Line {
    const found = this.#again(one);
    if (found !== undefined) return found;
    this.#forgetOld();
    if (this.#lines.size < MOST_LINES) return this.#begin(one);
    const rest: TurnedAway = { address: 'many addresses', why: one.why };
    return this.#again(rest) ?? this.#begin(rest);
  }

  #again(one: TurnedAway): Line | undefined {
    const key = keyOf(one);
    const line = this.#lines.get(key);
    if (line === undefined) return undefined;
    this.#lines.delete(key);
    this.#lines.set(key, line);
    return line;
  }

  #begin(one: TurnedAway): Line {
    const line = { one, at: this.#options.clock(), count: 0, isLogged: false };
    this.#lines.set(keyOf(one), line);
    return line;
  }

  #forgetOld(): void {
    const before = this.#options.clock() - LINE_KEPT_MS;
    for (const [key, line] of this.#lines) {
      if (line.at >= before) return;
      if (line.count === 0) this.#lines.delete(key);
    }
  }
}

function keyOf({ node = '', address, why }: TurnedAway): string {
  return `${why} ${address} ${node}`;
}
