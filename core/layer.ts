import type { PathQuery } from './index-search.ts';

/**
 * Digest of a layer's uncompressed tar, `sha256:<64 hex>`.
 * Source: OCI image-spec, config.md, `rootfs.diff_ids`.
 */
export type DiffId = string;

/** Digest that names a stack of layers; also the key of a committed containerd snapshot. */
export type ChainId = string;

/**
 * What one name of a layer is.
 * - `file`: a regular file, or a hard link to one.
 * - `opaque`: a directory that hides everything the layers below hold under the same path.
 * - `whiteout`: nothing is here; the path the layers below hold is deleted.
 * - `other`: device, FIFO or socket.
 */
export type EntryKind = 'file' | 'directory' | 'opaque' | 'symlink' | 'whiteout' | 'other';

/** One name in a layer. */
export interface LayerEntry {
  /** Relative to the layer's root, `/` between segments, no leading or trailing slash, never empty. */
  readonly path: string;
  readonly kind: EntryKind;
  /** Where a symlink points, exactly as stored. */
  readonly target?: string;
}

/**
 * All names of one layer: what merging needs to know what a layer hides. Stays on the node.
 * A path appears at most once.
 */
export interface LayerIndex {
  readonly diffId: DiffId;
  readonly entryCount: number;
  /**
   * True when opaque directories could not be told from plain ones
   * (the reader lacked CAP_SYS_ADMIN for `trusted.overlay.opaque` and no blob was at hand).
   */
  readonly opaqueBlind: boolean;
  /** Decodes the names anew on each call, so that an index in memory stays small. */
  entries(): Iterable<LayerEntry>;
  /** The entries at these paths (`pathQuery`). Many times quicker than to go through all entries. */
  find(query: PathQuery): Iterable<LayerEntry>;
}

/**
 * One regular file of a layer, open for bounded positional reads.
 * Whoever hands it over closes it; do not keep it after `Cataloger.parse` returns.
 */
export interface LayerFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Permission bits, as in `st_mode & 0o7777`. */
  readonly mode: number;
  /** At most `length` bytes from `offset`; fewer at the end of the file, none beyond it. */
  read(offset: number, length: number): Uint8Array;
  /** The regular file of that name in the same directory of the same layer, if the cataloger declared it as a companion. */
  sibling(name: string): LayerFile | undefined;
}
