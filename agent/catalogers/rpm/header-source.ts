import type { LayerFile } from '../../../core/layer.ts';

/**
 * Yields the header of each package in a database, each valid until the next is asked for.
 * What cannot be read is reported and passed over; where nothing can, an `RpmDatabaseError` is thrown.
 */
export type HeaderSource = (file: LayerFile, report: (problem: string) => void) => Generator<Uint8Array>;

/** rpm itself takes 256 MiB; the largest packages of distributions have 10. */
export const MAX_HEADER_BYTES = 32 * 1024 * 1024;
