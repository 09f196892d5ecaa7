import { StoreError } from '../store-error.ts';
import type { Database } from './database.ts';
import type { LogSync } from './log-sync.ts';
import type { OpenDatabase } from './open.ts';
import { toStoreError } from './sqlite-error.ts';

/** How every call of the store is made. */
export class Calls {
  readonly #opened: OpenDatabase;
  #closed = false;

  constructor(opened: OpenDatabase) {
    this.#opened = opened;
  }

  protected get closed(): boolean {
    return this.#closed;
  }

  /** Calls from here on fail. */
  protected refuse(): void {
    this.#closed = true;
  }

  /** Does the work at once, and turns what it throws into a StoreError. */
  protected settle<T>(work: (database: Database) => T): Promise<T> {
    try {
      if (this.#closed) throw new StoreError('closed', 'the store is closed');
      return Promise.resolve(work(this.#opened.database));
    } catch (error) {
      return Promise.reject(toStoreError(error, this.#opened.path));
    }
  }

  /** As `settle`; fulfilled when what was written is on the disk for certain, with all that was before. */
  protected async durable<T>(
    work: (database: Database) => T | Promise<T>,
    sync = (log: LogSync) => log.done(),
  ): Promise<T> {
    try {
      const result = await this.settle(work);
      await sync(this.#opened.log);
      return result;
    } catch (error) {
      throw toStoreError(error, this.#opened.path);
    }
  }
}
