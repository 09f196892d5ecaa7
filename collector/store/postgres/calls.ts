import { withDeadline } from '../../../platform/deadline.ts';
import { StoreError } from '../store-error.ts';
import type { Database, Statements } from './database.ts';
import type { Lane } from './pool.ts';
import { toStoreError } from './postgres-error.ts';

/** Longest that a call may take, with its wait for a connection, ms. */
export const CALL_MS = 30_000;

/** How every call of the store is made. */
export class Calls {
  readonly #database: Database;
  #closed = false;

  constructor(database: Database) {
    this.#database = database;
  }

  protected get closed(): boolean {
    return this.#closed;
  }

  /** Calls from here on fail. */
  protected refuse(): void {
    this.#closed = true;
  }

  /** Work whose statements all see the same moment. */
  protected snapshot<T>(work: (statements: Statements) => Promise<T>, lane?: Lane): Promise<T> {
    return this.settle((database) => database.snapshot(work), lane);
  }

  /** Gives the work its deadline, after which no more of it is begun, and turns what it throws into a StoreError. */
  protected async settle<T>(work: (database: Database) => Promise<T>, lane: Lane = 'first'): Promise<T> {
    if (this.#closed) throw new StoreError('closed', 'the store is closed');
    const late = new AbortController();
    const database = this.#database.waitingAs({ lane, signal: late.signal });
    try {
      return await withDeadline(work(database), CALL_MS, 'the database');
    } catch (error) {
      late.abort(error);
      throw toStoreError(error);
    }
  }
}
