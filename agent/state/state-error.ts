import { errorMessage } from '../../platform/error-message.ts';
import { systemCode } from '../../platform/system-error.ts';

/**
 * What the node remembers cannot be read or kept.
 * - `denied`: we may not write there. `read-only`: nobody may. `full`: no space is left.
 * - `busy`: another process holds the file. `not-a-directory`: there is something else in its place.
 * - `corrupt`: found while in use; opening it anew sets the file aside and begins another.
 * - `failed`: anything else; see the cause.
 */
export class StateError extends Error {
  readonly code: 'denied' | 'read-only' | 'full' | 'busy' | 'not-a-directory' | 'corrupt' | 'failed';

  constructor(code: StateError['code'], message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'StateError';
    this.code = code;
  }
}

/** SQLite's result codes: https://www.sqlite.org/rescode.html. The primary code is the low byte of an extended one. */
const primaryCodes: Readonly<Record<number, StateError['code']>> = {
  3: 'denied',
  5: 'busy',
  6: 'busy',
  8: 'read-only',
  11: 'corrupt',
  13: 'full',
  14: 'denied',
  26: 'corrupt',
};

const systemCodes: Readonly<Record<string, StateError['code']>> = {
  EACCES: 'denied',
  EPERM: 'denied',
  EROFS: 'read-only',
  ENOSPC: 'full',
  EDQUOT: 'full',
  ENOTDIR: 'not-a-directory',
  EEXIST: 'not-a-directory',
};

const advice: Readonly<Record<StateError['code'], string>> = {
  denied: 'may not be written: give the agent its own state directory',
  'read-only': 'is on a read-only file system: mount a writable volume there',
  full: 'cannot grow: free space on its file system',
  busy: 'is in use: another tallyman agent runs with the same state directory',
  'not-a-directory': 'is not a directory',
  corrupt: 'is damaged: start the agent again, which sets the file aside and begins a new one',
  failed: 'cannot be used',
};

/** Any error of SQLite or the file system, in words for the operator. `path`: what it happened to. */
export function stateError(path: string, error: unknown): StateError {
  if (error instanceof StateError) return error;
  const code = codeOf(error);
  const detail = errorMessage(error);
  return new StateError(code, `${path} ${advice[code]} (${detail})`, error);
}

function codeOf(error: unknown): StateError['code'] {
  if (!(error instanceof Error)) return 'failed';
  if ('errcode' in error && typeof error.errcode === 'number')
    return primaryCodes[error.errcode & 0xff] ?? 'failed';
  return systemCodes[systemCode(error) ?? ''] ?? 'failed';
}
