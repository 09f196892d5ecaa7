import type { LayerFile } from '../../../core/layer.ts';

/**
 * Yields the header of each package in a database, each valid until the next is asked for.
 * What cannot be read is reported and passed over, unless reporting throws; where nothing can be read,
 * a `DatabaseError` is thrown.
 */
export type HeaderSource = (file: LayerFile, report: (problem: string) => void) => Generator<Uint8Array>;
