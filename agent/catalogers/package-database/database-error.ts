import type { LayerFile } from '../../../core/layer.ts';

/**
 * - `unknown-format`: none of the formats that a package manager ever wrote.
 * - `unsupported`: a variant of a known format that it never wrote, such as an encrypted one.
 * - `too-large`: beyond what is read in a layer.
 * - `damaged`: a structure leads out of the file, in circles, or is not what it should be.
 */
export type DatabaseErrorCode = 'unknown-format' | 'unsupported' | 'too-large' | 'damaged';

/** Why a binary database of packages, or one record in it, cannot be read. */
export class DatabaseError extends Error {
  readonly code: DatabaseErrorCode;

  constructor(code: DatabaseErrorCode, message: string) {
    super(message);
    this.name = 'DatabaseError';
    this.code = code;
  }
}

/** A workstation of 3,000 rpm packages has 200 MiB. Also the most that is read of a write-ahead log. */
export const MAX_DATABASE_BYTES = 512 * 1024 * 1024;

export function damaged(what: string): DatabaseError {
  return new DatabaseError('damaged', what);
}

export function tooLarge({ path, size }: LayerFile): DatabaseError {
  return new DatabaseError('too-large', `${path} has ${size} bytes; at most ${MAX_DATABASE_BYTES} are read`);
}
