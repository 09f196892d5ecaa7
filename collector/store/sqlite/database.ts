import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';

/**
 * One open database: prepared statements, kept by their text, and transactions.
 * SQL is always a constant of the source, so that statements stay few; values are always bound.
 * Tables are STRICT, so a row has the types its table declares: `Row` states them, and is not checked again.
 */
export class Database {
  readonly #connection: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(connection: DatabaseSync) {
    this.#connection = connection;
  }

  get<Row>(sql: string, ...values: readonly SQLInputValue[]): Row | undefined {
    return this.#prepared(sql).get(...values) as Row | undefined;
  }

  all<Row>(sql: string, ...values: readonly SQLInputValue[]): Row[] {
    return this.#prepared(sql).all(...values) as Row[];
  }

  /** Rows as they are read. Do not write to the same tables meanwhile. */
  iterate<Row>(sql: string, ...values: readonly SQLInputValue[]): Iterable<Row> {
    return this.#prepared(sql).iterate(...values) as Iterable<unknown> as Iterable<Row>;
  }

  /** The single value of the single row of an aggregate. */
  number(sql: string, ...values: readonly SQLInputValue[]): number {
    const row = this.get<Record<string, SQLOutputValue>>(sql, ...values);
    return Number(row === undefined ? 0 : Object.values(row)[0]);
  }

  /** Number of rows written. */
  run(sql: string, ...values: readonly SQLInputValue[]): number {
    return Number(this.#prepared(sql).run(...values).changes);
  }

  /** Row id of the row written. */
  insert(sql: string, ...values: readonly SQLInputValue[]): number {
    return Number(this.#prepared(sql).run(...values).lastInsertRowid);
  }

  /** Several statements without values. */
  execute(sql: string): void {
    this.#connection.exec(sql);
  }

  /** Commits all of `work` or nothing. Survives the end of the process, and of the power by luck alone. */
  transaction<T>(work: () => T): T {
    this.#connection.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#connection.exec('COMMIT');
      return result;
    } catch (error) {
      // SQLite has rolled back by itself after some errors, such as a full disk.
      if (this.#connection.isTransaction) this.#connection.exec('ROLLBACK');
      throw error;
    }
  }

  /** As `transaction`, and on the disk for certain when it returns, together with every commit before. */
  durableTransaction<T>(work: () => T): T {
    this.#connection.exec('PRAGMA synchronous = FULL');
    try {
      return this.transaction(work);
    } finally {
      this.#connection.exec('PRAGMA synchronous = NORMAL');
    }
  }

  close(): void {
    this.#statements.clear();
    if (this.#connection.isOpen) this.#connection.close();
  }

  #prepared(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#connection.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
