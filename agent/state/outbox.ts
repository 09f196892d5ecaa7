import { bytes, integer, text } from './database.ts';
import type { Database, Statement } from './database.ts';
import type { MetaStore } from './meta-store.ts';
import type { NodeTime } from './node-time.ts';
import { OutboxEpoch, type Confirmation } from './outbox-epoch.ts';

export interface OutboxOptions {
  /** Most bytes of events that wait, with `EVENT_OVERHEAD_BYTES` each on top of their payloads. */
  readonly maxBytes: number;
  /**
   * Kinds that are dropped to make room, the first one first; within a kind the oldest goes. Kinds not named go last,
   * the oldest of them all first.
   */
  readonly dropFirst: readonly string[];
}

/** An event that waits until the collector has stored it. */
export interface OutboxEvent {
  /** Counts up by one within an epoch, from 1. */
  readonly number: number;
  readonly kind: string;
  /** ms since the epoch as the node believed then. */
  readonly time: number;
  readonly payload: Uint8Array;
}

/** Events of one kind that were dropped. */
export interface Loss {
  readonly kind: string;
  readonly count: number;
  readonly firstNumber: number;
  readonly lastNumber: number;
}

/**
 * - `acknowledged`: `removed` events are gone; 0 for a repeat.
 * - `other-epoch`: it speaks of another file's numbers; nothing was done.
 * - `ahead`: it names a number that was never given out; nothing was done. The other side is wrong.
 */
export type Acknowledgement =
  { readonly kind: 'acknowledged'; readonly removed: number } | { readonly kind: 'other-epoch' | 'ahead' };

export const EVENT_OVERHEAD_BYTES = 64;

type Statements = Record<
  | 'insert'
  | 'one'
  | 'after'
  | 'remove'
  | 'removeUpTo'
  | 'oldest'
  | 'oldestOfKind'
  | 'last'
  | 'size'
  | 'lose'
  | 'losses'
  | 'forgetLosses',
  Statement
>;

/**
 * Numbered events, on disk before `append` returns and until they are acknowledged. Never silent about what it drops:
 * each dropped event is counted in a loss.
 */
export class Outbox {
  readonly #database: Database;
  readonly #time: NodeTime;
  readonly #options: OutboxOptions;
  readonly #sql: Statements;
  readonly #epoch: OutboxEpoch;
  #bytes: number;
  /** The collector has all up to this number, whether or not their rows could be removed. */
  #stored = 0;

  constructor(
    database: Database,
    parts: { readonly time: NodeTime; readonly meta: MetaStore; readonly makeEpoch: () => string },
    options: OutboxOptions,
  ) {
    this.#database = database;
    this.#time = parts.time;
    this.#options = options;
    this.#sql = prepare(database);
    this.#bytes = this.#measure();
    this.#epoch = new OutboxEpoch(database, parts.meta, parts.makeEpoch, this.#lastNumber());
  }

  /** Names this file's numbering; another file has another. */
  get epoch(): string {
    return this.#epoch.current;
  }

  /** Bytes that wait, overhead included. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Events that wait. */
  count(): number {
    const row = this.#sql.size.get(this.#stored);
    return row === undefined ? 0 : integer(row, 'count');
  }

  /**
   * Adds an event durably and returns its number. When there is no room even so, because it is larger than the outbox
   * or all that waits matters more, the event itself is the loss; its number stays used.
   */
  append(kind: string, payload: Uint8Array): number {
    return this.#durably(() => this.#append(kind, payload));
  }

  /** False: it was acknowledged or dropped, or never was. */
  waits(number: number): boolean {
    return number > this.#stored && this.#sql.one.get(number) !== undefined;
  }

  /**
   * Events after a number, in order, up to both limits; the first one always, so that a large one does not block. Some
   * that wait may be held back while nothing can be written.
   */
  pending(after: number, maxItems: number, maxBytes: number): OutboxEvent[] {
    const events: OutboxEvent[] = [];
    const first = Math.max(after, this.#stored);
    let total = 0;
    for (const row of this.#sql.after.each(first, this.#epoch.sendableUpTo(), Math.max(1, maxItems))) {
      const payload = bytes(row, 'payload');
      total += payload.length;
      if (events.length > 0 && total > maxBytes) break;
      events.push({
        number: integer(row, 'number'),
        kind: text(row, 'kind'),
        time: integer(row, 'wall'),
        payload,
      });
    }
    return events;
  }

  /**
   * Takes the collector's word, at the begin of a session, up to which number it has this epoch's events. When it has some
   * that this file does not know of, the events that are new since it was opened go on under another epoch.
   */
  confirm(stored: number): Confirmation {
    const confirmation = this.#epoch.confirm(stored, this.#lastNumber());
    if (confirmation.kind === 'restored') {
      this.#bytes = this.#measure();
      this.#stored = 0;
    }
    return confirmation;
  }

  /**
   * Removes events that the collector has stored. Repeats are harmless. When it throws, as on a full disk, they wait no
   * longer all the same, until this file is opened anew; their rows go with a later call.
   */
  acknowledge(epoch: string, upTo: number): Acknowledgement {
    if (epoch !== this.epoch) return { kind: 'other-epoch' };
    if (upTo > this.#lastNumber()) return { kind: 'ahead' };
    this.#stored = Math.max(this.#stored, upTo);
    const removed = this.#database.transaction('cached', () => this.#sql.removeUpTo.run(this.#stored));
    if (removed > 0) this.#bytes = this.#measure();
    return { kind: 'acknowledged', removed };
  }

  /** What was dropped and not yet turned into events. */
  losses(): Loss[] {
    return this.#sql.losses.all().map((row) => ({
      kind: text(row, 'kind'),
      count: integer(row, 'count'),
      firstNumber: integer(row, 'first_number'),
      lastNumber: integer(row, 'last_number'),
    }));
  }

  /** Turns every loss into an event, all at once: no loss is told twice, none is left out. Returns how many. */
  reportLosses(toEvent: (loss: Loss) => { readonly kind: string; readonly payload: Uint8Array }): number {
    const losses = this.losses();
    if (losses.length === 0) return 0;
    this.#durably(() => {
      this.#sql.forgetLosses.run();
      for (const loss of losses) {
        const event = toEvent(loss);
        this.#append(event.kind, event.payload);
      }
    });
    return losses.length;
  }

  #append(kind: string, payload: Uint8Array): number {
    this.#epoch.beforeAdding();
    const row = this.#sql.insert.get(kind, this.#time.wall(), payload);
    const number = row === undefined ? 0 : integer(row, 'number');
    this.#bytes += sizeOf(payload.length);
    if (sizeOf(payload.length) > this.#options.maxBytes) this.#drop(number, kind, payload.length);
    while (this.#bytes > this.#options.maxBytes && this.#dropNext());
    return number;
  }

  /** Drops what matters least; the event just added may be it. */
  #dropNext(): boolean {
    if (this.#sql.removeUpTo.run(this.#stored) > 0) {
      this.#bytes = this.#measure();
      return true;
    }
    for (const kind of [...this.#options.dropFirst, undefined]) {
      const row = kind === undefined ? this.#sql.oldest.get() : this.#sql.oldestOfKind.get(kind);
      if (row === undefined) continue;
      this.#drop(integer(row, 'number'), text(row, 'kind'), integer(row, 'length'));
      return true;
    }
    return false;
  }

  #drop(number: number, kind: string, length: number): void {
    this.#sql.remove.run(number);
    this.#sql.lose.run(kind, number, number);
    this.#bytes -= sizeOf(length);
  }

  #durably<T>(run: () => T): T {
    const before = this.#bytes;
    try {
      const result = this.#database.transaction('durable', run);
      this.#epoch.added();
      return result;
    } catch (error) {
      this.#bytes = before;
      throw error;
    }
  }

  #measure(): number {
    const row = this.#sql.size.get(0);
    return row === undefined ? 0 : integer(row, 'count') * EVENT_OVERHEAD_BYTES + integer(row, 'bytes');
  }

  #lastNumber(): number {
    const row = this.#sql.last.get();
    return row === undefined ? 0 : integer(row, 'seq');
  }
}

function sizeOf(payloadBytes: number): number {
  return payloadBytes + EVENT_OVERHEAD_BYTES;
}

function prepare(database: Database): Statements {
  return {
    insert: database.prepare('INSERT INTO outbox (kind, wall, payload) VALUES (?, ?, ?) RETURNING number'),
    one: database.prepare('SELECT 1 FROM outbox WHERE number = ?'),
    after: database.prepare(
      'SELECT number, kind, wall, payload FROM outbox WHERE number > ? AND number <= ? ORDER BY number LIMIT ?',
    ),
    remove: database.prepare('DELETE FROM outbox WHERE number = ?'),
    removeUpTo: database.prepare('DELETE FROM outbox WHERE number <= ?'),
    oldest: database.prepare(
      'SELECT number, kind, length(payload) AS length FROM outbox ORDER BY number LIMIT 1',
    ),
    oldestOfKind: database.prepare(
      'SELECT number, kind, length(payload) AS length FROM outbox WHERE kind = ? ORDER BY number LIMIT 1',
    ),
    last: database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'"),
    size: database.prepare(
      'SELECT count(*) AS count, coalesce(sum(length(payload)), 0) AS bytes FROM outbox WHERE number > ?',
    ),
    lose: database.prepare(
      `INSERT INTO loss (kind, count, first_number, last_number) VALUES (?, 1, ?, ?)
       ON CONFLICT (kind) DO UPDATE SET count = count + 1,
         first_number = min(first_number, excluded.first_number), last_number = max(last_number, excluded.last_number)`,
    ),
    losses: database.prepare('SELECT kind, count, first_number, last_number FROM loss ORDER BY kind'),
    forgetLosses: database.prepare('DELETE FROM loss'),
  };
}
