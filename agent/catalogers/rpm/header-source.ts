import type { LayerFile } from '../../../core/layer.ts';
import { RpmDatabaseError } from './database-error.ts';

/**
 * Yields the header of each package in a database, each valid until the next is asked for.
 * What cannot be read is reported and passed over, unless reporting throws; where nothing can be read,
 * an `RpmDatabaseError` is thrown.
 */
export type HeaderSource = (file: LayerFile, report: (problem: string) => void) => Generator<Uint8Array>;

/** A workstation of 3,000 packages has 200 MiB. Also the most that is read of a write-ahead log. */
export const MAX_DATABASE_BYTES = 512 * 1024 * 1024;

/** rpm itself takes 256 MiB; the largest packages of distributions have 10. */
export const MAX_HEADER_BYTES = 32 * 1024 * 1024;

export function tooLarge({ path, size }: LayerFile): RpmDatabaseError {
  return new RpmDatabaseError(
    'too-large',
    `${path} has ${size} bytes; at most ${MAX_DATABASE_BYTES} are read`,
  );
}
