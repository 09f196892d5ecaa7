import { bytes } from './database.ts';
import type { Database, Statement } from './database.ts';
import type { NodeTime } from './node-time.ts';

/**
 * What to do with a command that came in.
 * - `new`: carry it out; from now on it counts as begun.
 * - `done`: it was carried out; answer with the result.
 * - `begun`: it was begun and has no result: it still runs, or the agent ended in the midst of it. Do not begin it again.
 * - `refused`: too many commands are remembered, so that doing it at most once could not be promised.
 */
export type CommandClaim =
  { readonly kind: 'new' | 'begun' | 'refused' } | { readonly kind: 'done'; readonly result: Uint8Array };

/** Results are kept so long past their command's expiry: clocks differ, and a repeat may be on its way. */
const GRACE_MS = 24 * 3_600_000;

/**
 * Makes commands happen at most once each, whatever is repeated and whenever the agent ends. A command must not be
 * begun after its expiry, so that its entry can be forgotten later.
 */
export class CommandStore {
  readonly #database: Database;
  readonly #time: NodeTime;
  readonly #find: Statement;
  readonly #begin: Statement;
  readonly #finish: Statement;
  readonly #forget: Statement;
  readonly #count: Statement;

  /** `mostCommands`: how many are remembered at once. */
  constructor(database: Database, time: NodeTime, mostCommands: number) {
    this.#database = database;
    this.#time = time;
    this.#find = database.prepare('SELECT result FROM command WHERE id = ?');
    this.#begin = database.prepare(
      'INSERT INTO command (id, expires_wall, expires_elapsed) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING',
    );
    this.#finish = database.prepare(
      `INSERT INTO command (id, result, expires_wall, expires_elapsed) VALUES (?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET result = excluded.result, expires_wall = excluded.expires_wall,
         expires_elapsed = excluded.expires_elapsed`,
    );
    this.#forget = database.prepare('DELETE FROM command WHERE expires_wall < ? AND expires_elapsed < ?');
    this.#count = database.prepare(`SELECT 1 FROM command LIMIT 1 OFFSET ${mostCommands - 1}`);
  }

  /** Claims a command, durably: the same ID is never `new` again. `expiresAt`: the command's own, ms since the epoch. */
  begin(id: string, expiresAt: number): CommandClaim {
    return this.#database.transaction('durable', () => {
      this.#forgetExpired();
      const row = this.#find.get(id);
      if (row !== undefined)
        return row['result'] === null ? { kind: 'begun' } : { kind: 'done', result: bytes(row, 'result') };
      if (this.#count.get() !== undefined) return { kind: 'refused' };
      this.#begin.run(id, expiresAt, this.#expiry(expiresAt));
      return { kind: 'new' };
    });
  }

  /** The stored result; undefined for a command that is unknown or not finished. */
  result(id: string): Uint8Array | undefined {
    const row = this.#find.get(id);
    return row === undefined || row['result'] === null ? undefined : bytes(row, 'result');
  }

  /** Keeps a result durably, until a day after `expiresAt`. */
  finish(id: string, result: Uint8Array, expiresAt: number): void {
    this.#database.transaction('durable', () =>
      this.#finish.run(id, result, expiresAt, this.#expiry(expiresAt)),
    );
  }

  /** Both clocks must agree that an entry is old: the wall clock alone may have jumped, and jump back. */
  #forgetExpired(): void {
    this.#forget.run(this.#time.wall() - GRACE_MS, this.#time.now());
  }

  /** Node time when the entry may go. */
  #expiry(expiresAt: number): number {
    return this.#time.now() + Math.max(0, expiresAt - this.#time.wall()) + GRACE_MS;
  }
}
