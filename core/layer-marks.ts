import { pathQuery } from './index-search.ts';
import type { EntryKind, LayerIndex } from './layer.ts';

/** What one layer (0 is the base) holds at a path. */
export interface Mark {
  readonly layer: number;
  readonly kind: EntryKind;
  readonly target?: string;
}

/** Far beyond any image: only layers that were made to fill memory come to more. */
const MOST_PATHS = 1_000_000;
const MOST_CHARACTERS = 256 * 1024 * 1024;

const NOTHING: readonly Mark[] = [];

/**
 * What an image's layers hold at the paths that matter, read from their indexes. Nothing is kept of all other paths,
 * nor of folders above those that matter where they hide nothing: plain directories over nothing else.
 */
export class LayerMarks {
  readonly #indexes: readonly LayerIndex[];
  readonly #marks = new Map<string, Mark[]>();
  readonly #paths: ReadonlySet<string>;
  /** The paths, and all folders above them or learned since. */
  readonly #known = new Set<string>();
  #characters = 0;

  /** Goes through each index once. Throws a RangeError when there are more paths than can be merged. */
  constructor(indexes: readonly LayerIndex[], paths: Iterable<string>) {
    this.#indexes = indexes;
    this.#paths = new Set(paths);
    this.learn(this.#paths);
  }

  /** Reads what these folders and those above them are, which goes through each index once more. */
  learn(folders: Iterable<string>): void {
    const fresh = new Set<string>();
    for (const folder of folders) {
      for (let end = folder.length; end > 0; end = folder.lastIndexOf('/', end - 1)) {
        const path = folder.slice(0, end);
        // Then all above it are, too.
        if (this.#known.has(path)) break;
        fresh.add(path);
        this.#remember(path);
      }
    }
    const query = pathQuery(fresh);
    for (const [layer, index] of this.#indexes.entries()) {
      for (const { path, kind, target } of index.find(query)) {
        const hidesNothing = kind === 'directory' && !this.#marks.has(path) && !this.#paths.has(path);
        if (!hidesNothing) this.#put(path, target === undefined ? { layer, kind } : { layer, kind, target });
      }
    }
  }

  /** True for the paths and all folders that were asked for. */
  knows(path: string): boolean {
    return this.#known.has(path);
  }

  /** Base first; layers that hold nothing there are left out. */
  at(path: string): readonly Mark[] {
    return this.#marks.get(path) ?? NOTHING;
  }

  #remember(path: string): void {
    this.#known.add(path);
    this.#characters += path.length;
    if (this.#known.size > MOST_PATHS || this.#characters > MOST_CHARACTERS)
      throw new RangeError('the image has evidence of packages in more places than can be merged');
  }

  #put(path: string, mark: Mark): void {
    const marks = this.#marks.get(path);
    if (marks === undefined) this.#marks.set(path, [mark]);
    else marks.push(mark);
  }
}
