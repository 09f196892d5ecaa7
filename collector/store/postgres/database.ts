import type { ReservedSql, Sql, TransactionSql } from 'postgres';
import { isInTheWay } from './postgres-error.ts';
import { storable, type Value } from './values.ts';

/** How often a transaction is tried that was in the way of another. */
const MOST_TRIES = 5;

/** With the types of `connect`: those that are sent and read otherwise than the client does by itself. */
export interface Types extends Record<string, unknown> {
  readonly bigint: number;
  readonly json: string;
}
export type Client = Sql<Types>;

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

/** A bounded pool of connections, and transactions over it. */
export class Database implements Statements {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  all<Row>(sql: string, ...values: readonly Value[]): Promise<Row[]> {
    return query(this.#client, sql, values);
  }

  async get<Row>(sql: string, ...values: readonly Value[]): Promise<Row | undefined> {
    return (await query<Row>(this.#client, sql, values))[0];
  }

  number(sql: string, ...values: readonly Value[]): Promise<number> {
    return on(this.#client).number(sql, ...values);
  }

  run(sql: string, ...values: readonly Value[]): Promise<number> {
    return on(this.#client).run(sql, ...values);
  }

  /**
   * Commits all of `work` or nothing. Done again from the start, a bounded number of times, when the database gave it
   * up in favour of another: `work` must have no effect but by its statements.
   */
  async transaction<T>(work: (statements: Statements) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        return (await this.#client.begin((client) => work(on(client)))) as T;
      } catch (error) {
        if (!isInTheWay(error) || tries >= MOST_TRIES) throw error;
      }
    }
  }

  /** Statements that all see the same moment, and write nothing. */
  async snapshot<T>(work: (statements: Statements) => Promise<T>): Promise<T> {
    return (await this.#client.begin('isolation level repeatable read read only', (client) =>
      work(on(client)),
    )) as T;
  }

  /** One connection for as long as `work` takes. */
  async reserved<T>(work: (statements: Statements) => Promise<T>): Promise<T> {
    const client = await this.#client.reserve();
    try {
      return await work(on(client));
    } finally {
      client.release();
    }
  }

  /** Several statements without values, in a transaction that stands. */
  static execute(client: TransactionSql<Types>, sql: string): Promise<unknown> {
    return client.unsafe(sql).simple();
  }

  /** Waits `seconds` for what is under way. */
  async close(seconds: number): Promise<void> {
    await this.#client.end({ timeout: seconds });
  }
}

/** The statements of one connection or transaction. */
export function on(client: Client | TransactionSql<Types> | ReservedSql<Types>): Statements {
  return {
    all: (sql, ...values) => query(client, sql, values),
    async get<Row>(sql: string, ...values: readonly Value[]) {
      return (await query<Row>(client, sql, values))[0];
    },
    async number(sql, ...values) {
      const [row] = await query<Record<string, unknown>>(client, sql, values);
      return Number(row === undefined ? 0 : Object.values(row)[0]);
    },
    async run(sql, ...values) {
      return (await statement(client, sql, values)).count;
    },
  };
}

async function query<Row>(
  client: Client | TransactionSql<Types> | ReservedSql<Types>,
  sql: string,
  values: readonly Value[],
): Promise<Row[]> {
  return [...(await statement(client, sql, values))] as Row[];
}

function statement(
  client: Client | TransactionSql<Types> | ReservedSql<Types>,
  sql: string,
  values: readonly Value[],
) {
  const bound = values.map((value) => (typeof value === 'string' ? storable(value) : value));
  return client.unsafe(sql, bound as never[], { prepare: true });
}
