import postgres from 'postgres';
import { DeadlineError } from '../../../platform/deadline.ts';
import { errorMessage } from '../../../platform/error-message.ts';
import { StoreError, type StoreErrorCode } from '../store-error.ts';

interface Meaning {
  readonly code: StoreErrorCode;
  readonly advice: string;
}

const UNREACHABLE: Meaning = {
  code: 'unavailable',
  advice: 'agents come back and nothing is lost; check that PostgreSQL runs and can be reached',
};

/** SQLSTATE codes, whole or by their class, appendix A of PostgreSQL's manual, that an operator can do something about. */
const KNOWN: Readonly<Record<string, Meaning>> = {
  '08': UNREACHABLE,
  '57P': UNREACHABLE,
  '57014': { code: 'unavailable', advice: 'it took too long; see what else the database is doing' },
  '25006': { code: 'unavailable', advice: 'it is read-only; point store at the primary' },
  '25P03': {
    code: 'unavailable',
    advice: 'a transaction took too long; see what else the database is doing',
  },
  '40': {
    code: 'unavailable',
    advice: 'others changed the same rows, again and again; it is tried anew later',
  },
  '53100': { code: 'full', advice: 'its disk is full; free space on it' },
  '53300': { code: 'unavailable', advice: 'raise max_connections, or run fewer collectors' },
  '53': { code: 'unavailable', advice: 'it is short of memory or another resource; give it more' },
  '55P03': { code: 'locked', advice: 'another session holds what is needed; see pg_stat_activity' },
  '28': { code: 'denied', advice: 'check the user and password in store, and pg_hba.conf' },
  '3D000': { code: 'denied', advice: 'create the database, or name another in store' },
  '42501': { code: 'denied', advice: 'let the user own the database, or its schema' },
  XX001: { code: 'corrupt', advice: 'it is damaged; restore a backup' },
  XX002: { code: 'corrupt', advice: 'an index is damaged; reindex it, or restore a backup' },
};

/** Says what went wrong and what to do. StoreErrors pass unchanged. The URL and its password are in no message. */
export function toStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const meaning = error instanceof postgres.PostgresError ? meaningOf(error.code) : UNREACHABLE;
  const message = errorMessage(error).replaceAll(/\s+/g, ' ');
  if (meaning === undefined || !isOutside(error))
    return new StoreError('failed', `PostgreSQL: ${message}`, error);
  return new StoreError(meaning.code, `PostgreSQL: ${message}; ${meaning.advice}`, error);
}

/** Of two transactions that were in each other's way, this one was given up: again, and it may go through. */
export function isInTheWay(error: unknown): boolean {
  return error instanceof postgres.PostgresError && (error.code === '40001' || error.code === '40P01');
}

function meaningOf(code: string): Meaning | undefined {
  return KNOWN[code] ?? KNOWN[code.slice(0, 3)] ?? KNOWN[code.slice(0, 2)];
}

/** Not a mistake of ours, nor an error of the work that was done: the server's word, a connection that broke, or no answer in time. */
export function isOutside(error: unknown): boolean {
  if (error instanceof postgres.PostgresError || error instanceof DeadlineError) return true;
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    /^[A-Z_]+$/.test(error.code)
  );
}
