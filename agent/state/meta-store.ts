import { text } from './database.ts';
import type { Database, Statement } from './database.ts';

/** Small values by name, durable. */
export class MetaStore {
  readonly #database: Database;
  readonly #get: Statement;
  readonly #set: Statement;
  readonly #remove: Statement;

  constructor(database: Database) {
    this.#database = database;
    this.#get = database.prepare('SELECT value FROM meta WHERE key = ?');
    this.#set = database.prepare('REPLACE INTO meta (key, value) VALUES (?, ?)');
    this.#remove = database.prepare('DELETE FROM meta WHERE key = ?');
  }

  get(key: string): string | undefined {
    const row = this.#get.get(key);
    return row === undefined ? undefined : text(row, 'value');
  }

  set(key: string, value: string): void {
    this.#database.transaction('durable', () => this.#set.run(key, value));
  }

  remove(key: string): void {
    this.#database.transaction('durable', () => this.#remove.run(key));
  }

  /** The value, after setting it to what `make` gives when there was none. */
  getOrSet(key: string, make: () => string): string {
    const before = this.get(key);
    if (before !== undefined) return before;
    const value = make();
    this.set(key, value);
    return value;
  }
}
