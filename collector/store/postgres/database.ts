import { StoreError } from '../store-error.ts';
import { ANSWER_MS, connect } from './connect.ts';
import { Connection } from './connection.ts';
import { Pool, type Lane, type Turn } from './pool.ts';
import { isInTheWay } from './postgres-error.ts';
import type { Value } from './values.ts';

/** How often a transaction is tried that was in the way of another. */
const MOST_TRIES = 5;

/**
 * Runs statements. SQL is always a constant of the source, so that prepared ones stay few; values are always bound, as
 * `$1` and so on. `Row` states the types that the columns declare, and is not checked again.
 */
export interface Statements {
  all<Row>(sql: string, ...values: readonly Value[]): Promise<Row[]>;
  get<Row>(sql: string, ...values: readonly Value[]): Promise<Row | undefined>;
  /** The first column of the only row, as a number. */
  number(sql: string, ...values: readonly Value[]): Promise<number>;
  /** Number of rows written. */
  run(sql: string, ...values: readonly Value[]): Promise<number>;
}

export interface DatabaseOptions {
  /** `postgres://USER:PASSWORD@HOST/DATABASE`. */
  readonly url: string;
  /** Most connections at a time. */
  readonly most: number;
  /** Longest wait for the answer to a statement; what the server's own limits allow when absent. */
  readonly answerMs?: number;
}

export function connectDatabase({ url, most, answerMs = ANSWER_MS }: DatabaseOptions): Database {
  const pool = new Pool(() => new Connection((onClose) => connect(url, onClose), answerMs), most);
  return new Database(pool, { lane: 'first' });
}

/** A bounded pool of connections, and transactions over it. */
export class Database implements Statements {
  readonly #pool: Pool;
  readonly #turn: Turn;

  constructor(pool: Pool, turn: Turn) {
    this.#pool = pool;
    this.#turn = turn;
  }

  /** The same database for a work that waits in this way. */
  waitingAs(turn: Turn): Database {
    return new Database(this.#pool, turn);
  }

  /** How many works of that lane wait for a connection. */
  waiting(lane: Lane): number {
    return this.#pool.waiting(lane);
  }

  all<Row>(sql: string, ...values: readonly Value[]): Promise<Row[]> {
    return this.#pool.use(this.#turn, (connection) => new On(connection).all(sql, ...values));
  }

  get<Row>(sql: string, ...values: readonly Value[]): Promise<Row | undefined> {
    return this.#pool.use(this.#turn, (connection) => new On(connection).get(sql, ...values));
  }

  number(sql: string, ...values: readonly Value[]): Promise<number> {
    return this.#pool.use(this.#turn, (connection) => new On(connection).number(sql, ...values));
  }

  run(sql: string, ...values: readonly Value[]): Promise<number> {
    return this.#pool.use(this.#turn, (connection) => new On(connection).run(sql, ...values));
  }

  /**
   * Commits all of `work` or nothing; nothing once the turn's signal has fired. Done again from the start, a bounded number of times, when the database gave it
   * up in favour of another: `work` must have no effect but by its statements.
   */
  async transaction<T>(work: (statements: Statements) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#within('BEGIN', work);
      } catch (error) {
        if (!isInTheWay(error) || tries >= MOST_TRIES) throw error;
      }
    }
  }

  /** Statements that all see the same moment, and write nothing. */
  snapshot<T>(work: (statements: Statements) => Promise<T>): Promise<T> {
    return this.#within('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', work);
  }

  /** One connection for as long as `work` takes; when that fails, it is ended with whatever it held. */
  reserved<T>(work: (statements: Statements) => Promise<T>): Promise<T> {
    return this.#pool.use(this.#turn, async (connection) => {
      try {
        return await work(new On(connection));
      } catch (error) {
        connection.discard();
        throw error;
      }
    });
  }

  /** Waits `seconds` for what is under way. */
  async close(seconds: number): Promise<void> {
    await this.#pool.close(seconds);
  }

  #within<T>(begin: string, work: (statements: Statements) => Promise<T>): Promise<T> {
    return this.#pool.use(this.#turn, async (connection) => {
      await connection.ask(begin);
      try {
        const result = await work(new On(connection));
        // Whoever gave up waiting was told that it failed.
        this.#turn.signal?.throwIfAborted();
        const { command } = await connection.ask('COMMIT');
        // What PostgreSQL answers where a statement before had failed.
        if (command !== 'COMMIT') throw new StoreError('failed', 'PostgreSQL: the transaction was given up');
        return result;
      } catch (error) {
        await rollBack(connection);
        throw error;
      }
    });
  }
}

/** Statements of a connection. */
class On implements Statements {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async all<Row>(sql: string, ...values: readonly Value[]): Promise<Row[]> {
    return [...(await this.#connection.ask(sql, values))] as Row[];
  }

  async get<Row>(sql: string, ...values: readonly Value[]): Promise<Row | undefined> {
    return (await this.all<Row>(sql, ...values))[0];
  }

  async number(sql: string, ...values: readonly Value[]): Promise<number> {
    const row = await this.get<Record<string, unknown>>(sql, ...values);
    return Number(row === undefined ? 0 : Object.values(row)[0]);
  }

  async run(sql: string, ...values: readonly Value[]): Promise<number> {
    return (await this.#connection.ask(sql, values)).count;
  }
}

/** A connection on which not even that succeeds is of no use to others. */
async function rollBack(connection: Connection): Promise<void> {
  if (connection.isBroken) return;
  try {
    await connection.ask('ROLLBACK');
  } catch {
    connection.discard();
  }
}
