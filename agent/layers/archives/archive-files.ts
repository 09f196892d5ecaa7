import type { StoredLocation } from '../location.ts';

/** The files of an image archive, by name. */
export interface ArchiveFiles {
  /** As the operator wrote it, for messages. */
  readonly title: string;
  /** All of a small file, or `undefined` when there is none. Throws a LayerError. */
  read(name: string): Promise<Buffer | undefined>;
  /** Where a file's bytes are, or `undefined` when there is none. */
  locate(name: string): StoredLocation | undefined;
  /** Bytes; 0 when there is no such file. */
  sizeOf(name: string): number;
}

/** Indexes, manifests and configs: the largest seen are some 100 KiB. Source of the figure: OCI distribution-spec, 4 MiB. */
export const MAX_DOCUMENT_BYTES = 4 * 1024 * 1024;

/** Members of an archive that are kept account of; an image has some hundred at most. */
export const MAX_MEMBERS = 100_000;
