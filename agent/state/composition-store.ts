import type { Composition } from '../../core/composition.ts';
import { compressJson, decompressJson } from '../../platform/compression.ts';
import { bytes } from './database.ts';
import type { Database, Statement } from './database.ts';
import type { NodeTime } from './node-time.ts';

/** What merging decided, by the composition's key. A cache, as LayerStore is. */
export class CompositionStore {
  readonly #database: Database;
  readonly #time: NodeTime;
  readonly #put: Statement;
  readonly #get: Statement;
  readonly #has: Statement;
  readonly #drop: Statement;
  readonly #use: Statement;
  readonly #forget: Statement;

  constructor(database: Database, time: NodeTime) {
    this.#database = database;
    this.#time = time;
    this.#put = database.prepare('REPLACE INTO composition (key, used, encoded) VALUES (?, ?, ?)');
    this.#get = database.prepare('SELECT encoded FROM composition WHERE key = ?');
    this.#has = database.prepare('SELECT 1 FROM composition WHERE key = ?');
    this.#drop = database.prepare('DELETE FROM composition WHERE key = ?');
    this.#use = database.prepare(
      'UPDATE composition SET used = ? WHERE key IN (SELECT value FROM json_each(?))',
    );
    this.#forget = database.prepare('DELETE FROM composition WHERE used < ?');
  }

  put(key: string, composition: Composition): void {
    this.putStored(key, compressJson(composition));
  }

  /** The same, as JSON, compressed. */
  putStored(key: string, encoded: Uint8Array): void {
    this.#database.transaction('cached', () => this.#put.run(key, this.#time.now(), encoded));
  }

  /** Undefined when never put, forgotten, or found damaged. */
  get(key: string): Composition | undefined {
    const row = this.#get.get(key);
    if (row === undefined) return undefined;
    const encoded = bytes(row, 'encoded');
    try {
      return decompressJson(encoded) as Composition;
    } catch {
      this.#drop.run(key);
      return undefined;
    }
  }

  has(key: string): boolean {
    return this.#has.get(key) !== undefined;
  }

  /** Forgets what was in none of the calls of the last `unusedForMs` of node time, nor put since. Returns how many. */
  forget(keep: Iterable<string>, unusedForMs: number): number {
    const now = this.#time.now();
    return this.#database.transaction('cached', () => {
      this.#use.run(now, JSON.stringify([...keep]));
      return this.#forget.run(now - unusedForMs);
    });
  }
}
