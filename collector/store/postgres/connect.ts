import postgres, { type Sql } from 'postgres';
import { StoreError } from '../store-error.ts';

/** Those that are sent and read otherwise than the client does by itself. */
interface Types extends Record<string, unknown> {
  readonly bigint: number;
  readonly json: string;
}
export type Client = Sql<Types>;

/** Longest that the server works at one statement, ms. */
const STATEMENT_MS = 15_000;
/** Longest that it waits for a lock, ms. */
const LOCK_MS = 10_000;
/** A transaction whose collector says nothing for so long is given up, ms. */
const SILENT_MS = 30_000;
const CONNECT_SECONDS = 10;
/** Longest pause between attempts to connect. */
const MOST_PAUSE_SECONDS = 3;
/** A connection whose statement has no answer for so long has nobody at its other end, ms. */
export const ANSWER_MS = CONNECT_SECONDS * 1000 + STATEMENT_MS + 1000;

/** Is it the URL of a PostgreSQL database? */
function isPostgresUrl(text: string): boolean {
  return /^postgres(?:ql)?:\/\//.test(text) && URL.canParse(text);
}

/**
 * A client of one connection, made when it is first used; `onClose` hears when it is gone. `?sslmode=verify-full` in the
 * URL asks for TLS. Throws a StoreError `denied` for a URL that cannot be read.
 */
export function connect(url: string, onClose?: () => void): Client {
  if (!isPostgresUrl(url)) {
    throw new StoreError(
      'denied',
      'store is not the URL of a PostgreSQL database; write postgres://USER:PASSWORD@HOST/DATABASE, special characters as %XX',
    );
  }
  return postgres(url, {
    max: 1,
    max_lifetime: null,
    ...(onClose !== undefined && { onclose: onClose }),
    connect_timeout: CONNECT_SECONDS,
    backoff: (attempt) => Math.min(MOST_PAUSE_SECONDS, 0.1 * 2 ** attempt) * (0.5 + Math.random() / 2),
    // Lists are bound as texts, so types of arrays need not be asked for.
    fetch_types: false,
    onnotice: () => undefined,
    connection: {
      application_name: 'tallyman',
      statement_timeout: STATEMENT_MS,
      lock_timeout: LOCK_MS,
      idle_in_transaction_session_timeout: SILENT_MS,
      // Section 20.3.2 of PostgreSQL's manual, seconds: what a collector held whose machine is gone becomes free.
      tcp_keepalives_idle: 10,
      tcp_keepalives_interval: 5,
      tcp_keepalives_count: 3,
    },
    types: {
      // bigint and numeric: all of ours are whole and fit a number.
      bigint: { to: 20, from: [20, 1700], serialize: (value: number) => String(value), parse: Number },
      // json and jsonb: texts are handed in and out as they are.
      json: { to: 114, from: [114, 3802], serialize: (value: string) => value, parse: String },
    },
  });
}
