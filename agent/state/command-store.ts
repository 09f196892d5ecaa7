import { bytes, integer, text } from './database.ts';
import type { Database, Row, Statement } from './database.ts';
import type { NodeTime } from './node-time.ts';

/** What a command came to. */
export interface StoredResult {
  readonly outcome: string;
  /** A sentence. */
  readonly message: string;
  /** Absent also when it had to give way to those of later commands. */
  readonly detail?: Uint8Array;
}

/**
 * What to do with a command that came in.
 * - `new`: carry it out; from now on it counts as begun.
 * - `done`: it was carried out; answer with the result. `event`: its number in the outbox, when it was put there.
 * - `begun`: it was begun and has no result: it still runs, or the agent ended in the midst of it. Do not begin it again.
 * - `refused`: too many commands are remembered, so that doing it at most once could not be promised. Those that are
 *   harmless and done are forgotten before it comes to that.
 */
export type CommandClaim =
  | { readonly kind: 'new' | 'begun' | 'refused' }
  | { readonly kind: 'done'; readonly result: StoredResult; readonly event?: number };

/** A command that has no result. */
export interface BegunCommand {
  readonly id: string;
  /** As it came; empty for one that an older release began. */
  readonly asked: Uint8Array;
  /** ms since the epoch. */
  readonly expiresAt: number;
}

/** A command whose result nobody put into the outbox. */
export interface UntoldCommand extends Pick<BegunCommand, 'id' | 'expiresAt'> {
  readonly result: StoredResult;
}

/** Results are kept so long past their command's expiry: clocks differ, and a repeat may be on its way. */
const GRACE_MS = 24 * 3_600_000;
/** Of all details together: some twenty of the largest. */
const MOST_DETAIL_BYTES = 16 * 1024 * 1024;

type Statements = Record<
  | 'find'
  | 'begin'
  | 'finish'
  | 'told'
  | 'forget'
  | 'forgetHarmless'
  | 'count'
  | 'begun'
  | 'untold'
  | 'detailBytes'
  | 'dropDetail',
  Statement
>;

/**
 * Makes commands happen at most once each, whatever is repeated and whenever the agent ends. A command must not be
 * begun after its expiry, so that its entry can be forgotten later.
 */
export class CommandStore {
  readonly #database: Database;
  readonly #time: NodeTime;
  readonly #sql: Statements;

  /** `mostCommands`: how many are remembered at once. */
  constructor(database: Database, time: NodeTime, mostCommands: number) {
    this.#database = database;
    this.#time = time;
    this.#sql = prepare(database, mostCommands);
  }

  /**
   * Claims a command, durably: the same ID is never `new` again. `expiresAt`: the command's own, ms since the epoch.
   * `asked`: the command as it came. `isHarmless`: doing it twice would do no harm.
   */
  begin(id: string, expiresAt: number, asked: Uint8Array, isHarmless = false): CommandClaim {
    return this.#database.transaction('durable', () => {
      this.#forgetExpired();
      const row = this.#sql.find.get(id);
      if (row !== undefined) return row['result'] === null ? { kind: 'begun' } : doneBy(row);
      const isFull = this.#sql.count.get() !== undefined;
      if (isFull && this.#sql.forgetHarmless.run() === 0) return { kind: 'refused' };
      this.#sql.begin.run(id, asked, expiresAt, this.#expiry(expiresAt), isHarmless ? 1 : 0);
      return { kind: 'new' };
    });
  }

  /** Those without a result, in no order. */
  begun(): BegunCommand[] {
    return this.#sql.begun.all().map((row) => ({
      id: text(row, 'id'),
      asked: row['asked'] === null ? new Uint8Array() : bytes(row, 'asked'),
      expiresAt: integer(row, 'expires_wall'),
    }));
  }

  /** Those with a result of which nobody said that it was told, in no order. */
  untold(): UntoldCommand[] {
    return this.#sql.untold.all().map((row) => ({
      id: text(row, 'id'),
      expiresAt: integer(row, 'expires_wall'),
      result: resultOf(row),
    }));
  }

  /** Keeps a result durably, until a day after `expiresAt`; its detail as long as there is room for it. */
  finish(id: string, { outcome, message, detail }: StoredResult, expiresAt: number): void {
    this.#database.transaction('durable', () => {
      const told = new TextEncoder().encode(message);
      this.#sql.finish.run(id, told, outcome, detail ?? null, expiresAt, this.#expiry(expiresAt));
      while (this.#detailBytes() > MOST_DETAIL_BYTES && this.#sql.dropDetail.run(id) > 0);
    });
  }

  /** Its result is in the outbox under this number. */
  told(id: string, event: number): void {
    this.#database.transaction('cached', () => this.#sql.told.run(event, id));
  }

  /** Both clocks must agree that an entry is old: the wall clock alone may have jumped, and jump back. */
  #forgetExpired(): void {
    this.#sql.forget.run(this.#time.wall() - GRACE_MS, this.#time.now());
  }

  /** Node time when the entry may go. */
  #expiry(expiresAt: number): number {
    return this.#time.now() + Math.max(0, expiresAt - this.#time.wall()) + GRACE_MS;
  }

  #detailBytes(): number {
    const row = this.#sql.detailBytes.get();
    return row === undefined ? 0 : integer(row, 'bytes');
  }
}

function doneBy(row: Row): CommandClaim {
  const result = resultOf(row);
  return { kind: 'done', result, ...(row['event'] !== null && { event: integer(row, 'event') }) };
}

function resultOf(row: Row): StoredResult {
  return {
    // An older release stored only what was done.
    outcome: row['outcome'] === null ? 'done' : text(row, 'outcome'),
    message: new TextDecoder().decode(bytes(row, 'result')),
    ...(row['detail'] !== null && { detail: bytes(row, 'detail') }),
  };
}

function prepare(database: Database, mostCommands: number): Statements {
  return {
    find: database.prepare('SELECT result, outcome, detail, event FROM command WHERE id = ?'),
    begin: database.prepare(
      `INSERT INTO command (id, asked, expires_wall, expires_elapsed, harmless) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (id) DO NOTHING`,
    ),
    finish: database.prepare(
      `INSERT INTO command (id, result, outcome, detail, expires_wall, expires_elapsed) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET asked = NULL, result = excluded.result, outcome = excluded.outcome,
         detail = excluded.detail, expires_wall = excluded.expires_wall, expires_elapsed = excluded.expires_elapsed`,
    ),
    told: database.prepare('UPDATE command SET event = ? WHERE id = ?'),
    forget: database.prepare('DELETE FROM command WHERE expires_wall < ? AND expires_elapsed < ?'),
    forgetHarmless: database.prepare(
      `DELETE FROM command WHERE id = (
         SELECT id FROM command WHERE harmless = 1 AND result IS NOT NULL ORDER BY expires_wall LIMIT 1)`,
    ),
    count: database.prepare(`SELECT 1 FROM command LIMIT 1 OFFSET ${mostCommands - 1}`),
    begun: database.prepare('SELECT id, asked, expires_wall FROM command WHERE result IS NULL'),
    // Before there was an outcome nobody wrote down what was told.
    untold: database.prepare(
      `SELECT id, expires_wall, result, outcome, detail FROM command
       WHERE result IS NOT NULL AND outcome IS NOT NULL AND event IS NULL`,
    ),
    detailBytes: database.prepare('SELECT coalesce(sum(length(detail)), 0) AS bytes FROM command'),
    dropDetail: database.prepare(
      `UPDATE command SET detail = NULL WHERE id = (
         SELECT id FROM command WHERE detail IS NOT NULL AND id <> ? ORDER BY expires_wall LIMIT 1)`,
    ),
  };
}
