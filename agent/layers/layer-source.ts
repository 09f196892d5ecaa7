import type { LayerFile, LayerIndex } from '../../core/layer.ts';

/** Says of each regular file's path which catalogers want it: an empty list for most. */
export interface Wanted {
  /** By name alone; called for every file. */
  byName(path: string): readonly string[];
  /** For files that may be programs: execute bit set, name not that of text. */
  readonly executables: readonly string[];
  /** Files beside a wanted one that must be readable through `LayerFile.sibling`. */
  companions(path: string): readonly string[];
}

/** Called once for each wanted file, in any order. Synchronous: the file is closed when it returns. */
export type OnFile = (file: LayerFile, catalogers: readonly string[]) => void;

/** Called for a wanted file that could not be opened or read, so that it becomes a fact. */
export type OnFileError = (path: string, catalogers: readonly string[], message: string) => void;

/** The bytes of one layer, wherever they lie. No symlink is ever followed. */
export interface LayerSource {
  /** One pass: lists every name and hands over every wanted file. */
  scan(
    wanted: Wanted,
    onFile: OnFile,
    onError: OnFileError,
    signal?: AbortSignal,
  ): Promise<Omit<LayerIndex, 'diffId'>>;
  /** Only these files, with no walk: for a cataloger whose version changed. */
  read(
    wanted: Wanted,
    paths: readonly string[],
    onFile: OnFile,
    onError: OnFileError,
    signal?: AbortSignal,
  ): Promise<void>;
}
