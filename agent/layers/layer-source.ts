import type { LayerFile } from '../../core/layer.ts';
import type { Passage } from '../../platform/gate.ts';

/** Says of each regular file's path which catalogers want it: an empty list for most. */
export interface Wanted {
  /** By name alone; called for every file. */
  byName(path: string): readonly string[];
  /** True when any cataloger wants programs; false saves looking for them. */
  readonly programs: boolean;
  /** For a file that turned out to be a program: execute bit set, name not that of text, first bytes those of one. */
  asProgram(path: string): readonly string[];
  /** Those of `asProgram` that look at modes: for a file whose mode gives rights away, whatever its size and first bytes. */
  byMode(path: string): readonly string[];
  /** Names of files beside a wanted one that must be readable through `LayerFile.sibling`. */
  companions(path: string): readonly string[];
}

/**
 * Called for each wanted file, in any order. Synchronous: the file is closed when it returns.
 * A path may come again, with the same catalogers or others: only its last call counts.
 */
export type OnFile = (file: LayerFile, catalogers: readonly string[]) => void;

/** Called for a wanted file that could not be opened or read, so that it becomes a fact. Counts as a call for its path. */
export type OnFileError = (path: string, catalogers: readonly string[], message: string) => void;

/** What one layer may cost. Reaching a cap ends the reading with a LayerError `limit`. */
export interface LayerLimits {
  readonly entries: number;
  /** Bytes of the encoded index. */
  readonly indexBytes: number;
  /** Bytes of a tar once uncompressed. */
  readonly tarBytes: number;
  /** For the whole reading, in ms. */
  readonly milliseconds: number;
}

export const DEFAULT_LIMITS: LayerLimits = {
  entries: 5_000_000,
  indexBytes: 64 * 1024 * 1024,
  tarBytes: 256 * 1024 * 1024 * 1024,
  milliseconds: 10 * 60 * 1000,
};

export interface ReadOptions {
  /** Its reason is thrown when it aborts. */
  readonly signal?: AbortSignal;
  /** `DEFAULT_LIMITS` when absent. */
  readonly limits?: LayerLimits;
  /** Milliseconds of any monotonic clock; `performance.now` when absent. */
  readonly now?: () => number;
  /** Passed through every now and then; waiting there does not count against the limits. */
  readonly passage?: Passage;
}

/** Something in a layer that could not be taken in although nobody wanted it in particular, such as a closed directory. */
export interface LayerProblem {
  readonly path: string;
  readonly message: string;
}

/** What a pass over a layer found besides the wanted files. */
export interface LayerListing {
  /** See `decodeLayerIndex`. */
  readonly index: Uint8Array<ArrayBuffer>;
  /** The first hundred. */
  readonly problems: readonly LayerProblem[];
  /** Paths handed over that are no regular files of the layer after all: a tar named them again as something else. */
  readonly superseded: readonly string[];
}

/** The bytes of one layer, wherever they lie. No symlink is ever followed. */
export interface LayerSource {
  /** One pass: lists every name and hands over every wanted file. */
  scan(wanted: Wanted, onFile: OnFile, onError: OnFileError, options?: ReadOptions): Promise<LayerListing>;
  /** Only these files, with no walk: for a cataloger whose version changed. Paths that are not there are passed over. */
  read(
    wanted: Wanted,
    paths: readonly string[],
    onFile: OnFile,
    onError: OnFileError,
    options?: ReadOptions,
  ): Promise<void>;
}
