import postgres from 'postgres';
import { StoreError } from '../store-error.ts';
import type { Client } from './database.ts';

/** Longest that the server works at one statement, ms. */
const STATEMENT_MS = 15_000;
/** Longest that it waits for a lock, ms. */
const LOCK_MS = 10_000;
/** A transaction whose collector says nothing for so long is given up, ms. */
const SILENT_MS = 30_000;
const CONNECT_SECONDS = 10;
/** Longest pause between attempts to connect. */
const MOST_PAUSE_SECONDS = 3;

/** Is it the URL of a PostgreSQL database? */
function isPostgresUrl(text: string): boolean {
  return /^postgres(?:ql)?:\/\//.test(text) && URL.canParse(text);
}

/**
 * A pool of at most `most` connections, made as they are needed and again when they broke. `?sslmode=verify-full` in
 * the URL asks for TLS. Throws a StoreError `denied` for a URL that cannot be read.
 */
export function connect(url: string, most: number): Client {
  if (!isPostgresUrl(url)) {
    throw new StoreError(
      'denied',
      'store is not the URL of a PostgreSQL database; write postgres://USER:PASSWORD@HOST/DATABASE, special characters as %XX',
    );
  }
  return postgres(url, {
    max: most,
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
    },
    types: {
      // bigint and numeric: all of ours are whole and fit a number.
      bigint: { to: 20, from: [20, 1700], serialize: (value: number) => String(value), parse: Number },
      // json and jsonb: texts are handed in and out as they are.
      json: { to: 114, from: [114, 3802], serialize: (value: string) => value, parse: String },
    },
  });
}
