import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';
import { StateError, stateError } from './state-error.ts';

export type Row = Readonly<Record<string, SQLOutputValue>>;

/** A prepared statement whose errors are StateErrors. */
export interface Statement {
  /** How many rows changed. */
  run(...values: readonly SQLInputValue[]): number;
  get(...values: readonly SQLInputValue[]): Row | undefined;
  all(...values: readonly SQLInputValue[]): readonly Row[];
  /** One row after the other; nothing may be written while it goes on. */
  each(...values: readonly SQLInputValue[]): Iterable<Row>;
}

/**
 * `durable`: on disk when the call returns, whatever happens to the node after. `cached`: safe from an end of the agent,
 * but the last of it may be lost with the node's power; the file stays sound either way.
 */
export type Durability = 'cached' | 'durable';

/** One SQLite file, held by this process alone: so no shared-memory file is needed, and a second agent is noticed. */
export class Database {
  readonly path: string;
  readonly #connection: DatabaseSync;
  #damaged = false;
  #onDamage: ((error: StateError) => void) | undefined;
  #inTransaction = false;

  /** Throws a StateError. `timeoutMs`: how long to wait for another process that holds the file. */
  constructor(path: string, timeoutMs: number) {
    this.path = path;
    this.#connection = this.#guard(() => new DatabaseSync(path, { timeout: timeoutMs }));
  }

  /** True once SQLite said that the file is damaged. */
  get damaged(): boolean {
    return this.#damaged;
  }

  /** Calls this the first time that SQLite says that the file is damaged, from now on. */
  onDamage(told: (error: StateError) => void): void {
    this.#onDamage = told;
  }

  execute(sql: string): void {
    this.#guard(() => this.#connection.exec(sql));
  }

  prepare(sql: string): Statement {
    const statement = this.#guard(() => this.#connection.prepare(sql));
    return {
      run: (...values) => this.#guard(() => Number(statement.run(...values).changes)),
      get: (...values) => this.#guard(() => statement.get(...values)),
      all: (...values) => this.#guard(() => statement.all(...values)),
      each: (...values) => this.#each(statement, values),
    };
  }

  /** All of it or nothing. A transaction within another is part of that one, and as durable. */
  transaction<T>(durability: Durability, run: () => T): T {
    if (this.#inTransaction) return run();
    this.execute(`PRAGMA synchronous = ${durability === 'durable' ? 'FULL' : 'NORMAL'}`);
    this.execute('BEGIN IMMEDIATE');
    this.#inTransaction = true;
    try {
      const result = run();
      this.execute('COMMIT');
      return result;
    } catch (error) {
      // SQLite may have rolled back by itself, as when the disk is full.
      if (this.#connection.isTransaction) this.execute('ROLLBACK');
      throw error;
    } finally {
      this.#inTransaction = false;
    }
  }

  /** Bytes of the file; its write-ahead log comes on top. */
  bytes(): number {
    const pages = this.prepare(
      'SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size',
    ).get();
    return pages === undefined ? 0 : integer(pages, 'bytes');
  }

  /** Idempotent. */
  close(): void {
    if (this.#connection.isOpen) this.#guard(() => this.#connection.close());
  }

  #foundDamaged(error: StateError): void {
    if (!this.#damaged) this.#onDamage?.(error);
    this.#damaged = true;
  }

  *#each(statement: StatementSync, values: readonly SQLInputValue[]): Generator<Row> {
    const rows = this.#guard(() => statement.iterate(...values));
    try {
      for (;;) {
        const next = this.#guard(() => rows.next());
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      rows.return?.();
    }
  }

  #guard<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      const wrapped = stateError(this.path, error);
      if (wrapped.code === 'corrupt') this.#foundDamaged(wrapped);
      throw wrapped;
    }
  }
}

export function text(row: Row, column: string): string {
  const value = row[column];
  return typeof value === 'string' ? value : unexpected(column);
}

export function integer(row: Row, column: string): number {
  const value = row[column];
  return typeof value === 'number' ? value : unexpected(column);
}

export function optionalInteger(row: Row, column: string): number | undefined {
  return row[column] === null ? undefined : integer(row, column);
}

export function bytes(row: Row, column: string): Uint8Array {
  const value = row[column];
  return value instanceof Uint8Array ? value : unexpected(column);
}

/** Tables are STRICT, so this is a mistake of ours. */
function unexpected(column: string): never {
  throw new StateError('failed', `column ${column} does not hold what the schema says`);
}
