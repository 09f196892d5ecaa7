import { LayerMarks, type Mark } from './layer-marks.ts';
import type { LayerIndex } from './layer.ts';

/** As many symlinks as Linux follows in one path (path_resolution(7)). */
const MOST_LINKS = 40;

const NONE: readonly number[] = [];

export interface ResolvedFolder {
  /** '' is the root; absent where links go round. */
  readonly path?: string;
  /** Folders on the way that were not asked for, and were taken for plain ones: the path is sure if there are none. */
  readonly unknown: readonly string[];
}

/**
 * An image's layers on top of each other, as overlayfs shows them, at the paths that were asked for. An entry hides the
 * same path in all layers below, and, unless it is a plain directory, everything below that path.
 * Sources: OCI image-spec layer.md; Linux Documentation/filesystems/overlayfs.rst.
 */
export class MergedTree {
  readonly #marks: LayerMarks;
  readonly #top: number;
  /** By folder: the layers that hide what the layers below them hold in it, ascending. */
  readonly #hides = new Map<string, readonly number[]>([['', NONE]]);

  /** See `LayerMarks`. */
  constructor(indexes: readonly LayerIndex[], paths: Iterable<string>) {
    this.#marks = new LayerMarks(indexes, paths);
    this.#top = indexes.length - 1;
  }

  /** How many layers there are. */
  get height(): number {
    return this.#top + 1;
  }

  /** True when what `layer` holds at a path shows through all layers up to `top`, the image's own top when absent. */
  shows(path: string, layer: number, top: number = this.#top): boolean {
    return this.hiddenBy(path, layer, top) === undefined;
  }

  /** The lowest layer above `layer`, up to `top`, that hides what it holds at a path. */
  hiddenBy(path: string, layer: number, top: number = this.#top): number | undefined {
    const same = this.#marks.at(path).find((mark) => mark.layer > layer)?.layer ?? Infinity;
    const above = this.#hidesIn(parentOf(path)).find((hiding) => hiding > layer) ?? Infinity;
    const lowest = Math.min(same, above);
    return lowest <= top ? lowest : undefined;
  }

  /**
   * Where a folder lies once the links on the way are followed, those that are absolute from the image's root,
   * in the layers up to `top`.
   */
  resolve(folder: string, top: number = this.#top): ResolvedFolder {
    const unknown: string[] = [];
    const pending = folder.split('/').reverse();
    let at = '';
    let links = 0;
    for (let segment = pending.pop(); segment !== undefined; segment = pending.pop()) {
      if (segment === '' || segment === '.') continue;
      if (segment === '..') {
        at = parentOf(at);
        continue;
      }
      const here = at === '' ? segment : `${at}/${segment}`;
      if (!this.#marks.knows(here)) unknown.push(here);
      const target = this.#linkAt(here, top);
      if (target === undefined) {
        at = here;
        continue;
      }
      links += 1;
      if (links > MOST_LINKS) return { unknown };
      if (target.startsWith('/')) at = '';
      pending.push(...target.split('/').reverse());
    }
    return { path: at, unknown };
  }

  /** Asks for more folders; goes through all layers once. */
  learn(folders: Iterable<string>): void {
    this.#marks.learn(folders);
  }

  #linkAt(path: string, top: number): string | undefined {
    const mark: Mark | undefined = this.#marks.at(path).findLast(({ layer }) => layer <= top);
    return mark?.kind === 'symlink' && this.shows(path, mark.layer, top) ? mark.target : undefined;
  }

  #hidesIn(folder: string): readonly number[] {
    const missing: string[] = [];
    let above = folder;
    let hides = this.#hides.get(above);
    for (; hides === undefined; hides = this.#hides.get(above)) {
      missing.push(above);
      above = parentOf(above);
    }
    for (const path of missing.reverse()) {
      const own = this.#marks
        .at(path)
        .filter(({ kind }) => kind !== 'directory')
        .map(({ layer }) => layer);
      if (own.length > 0) hides = [...new Set([...hides, ...own])].sort((a, b) => a - b);
      this.#hides.set(path, hides);
    }
    return hides;
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
