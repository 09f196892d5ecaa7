import { StoreError, type StoreErrorCode } from '../store-error.ts';
import { errorMessage } from '../../../platform/error-message.ts';

/** Primary result codes of SQLite (sqlite.org/rescode.html) that an operator can do something about. */
const KNOWN: Readonly<Record<number, { readonly code: StoreErrorCode; readonly advice: string }>> = {
  3: { code: 'denied', advice: 'give the collector read and write permission on it and its directory' },
  5: { code: 'locked', advice: 'another process is using it; stop that process' },
  6: { code: 'locked', advice: 'another process is using it; stop that process' },
  8: {
    code: 'denied',
    advice: 'it cannot be written; mount its disk writable and give the collector permission',
  },
  10: { code: 'failed', advice: 'its disk reported an error; check the disk and the kernel log' },
  11: {
    code: 'corrupt',
    advice: 'it is damaged; restore a backup, or move it away to have the agents fill a new one',
  },
  13: { code: 'full', advice: 'its disk is full; free space on it or move data-dir to a larger disk' },
  14: {
    code: 'denied',
    advice: 'it cannot be opened; check that its directory exists and the collector may write there',
  },
  26: { code: 'corrupt', advice: 'it is no SQLite database; move it away to have the agents fill a new one' },
};

/** Says what went wrong with the database at `path` and what to do. StoreErrors pass unchanged. */
export function toStoreError(error: unknown, path: string): StoreError {
  if (error instanceof StoreError) return error;
  const message = errorMessage(error);
  if (/database is not open/.test(message)) return new StoreError('closed', 'the store is closed', error);
  const known = KNOWN[resultCode(error) & 0xff];
  if (known === undefined) return new StoreError('failed', `database ${path}: ${message}`, error);
  return new StoreError(known.code, `database ${path}: ${message}; ${known.advice}`, error);
}

/** SQLite's extended result code; its low byte is the primary one. 0 when the error is not SQLite's. */
function resultCode(error: unknown): number {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return 0;
  return typeof error.errcode === 'number' ? error.errcode : 0;
}
