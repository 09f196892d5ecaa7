/**
 * - `unknown-format`: none of the formats that rpm ever wrote.
 * - `unsupported`: a variant of a known format that rpm never wrote, such as an encrypted one.
 * - `too-large`: beyond what is read in a layer.
 * - `damaged`: a structure leads out of the file, in circles, or is not what it should be.
 */
export type RpmDatabaseErrorCode = 'unknown-format' | 'unsupported' | 'too-large' | 'damaged';

/** Why an rpm database, or one package's header in it, cannot be read. */
export class RpmDatabaseError extends Error {
  readonly code: RpmDatabaseErrorCode;

  constructor(code: RpmDatabaseErrorCode, message: string) {
    super(message);
    this.name = 'RpmDatabaseError';
    this.code = code;
  }
}

export function damaged(what: string): RpmDatabaseError {
  return new RpmDatabaseError('damaged', what);
}
