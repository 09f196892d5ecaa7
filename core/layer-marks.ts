import type { EntryKind, LayerIndex } from './layer.ts';
import { ancestors, linkTarget } from './paths.ts';

/** What a layer holds at one path that matters. */
export interface Mark {
  readonly kind: EntryKind;
  readonly target?: string;
}

/** Of one layer: the entries at the paths in question, and nothing else. */
export type Marks = Map<string, Mark>;

/** As many symlinks as Linux follows in one path (path_resolution(7)). */
const MOST_LINKS = 40;

/**
 * Reads each index once and keeps the entries at `paths` and their ancestors,
 * so that merging a large image needs little memory.
 */
export function marksOf(indexes: readonly LayerIndex[], paths: Iterable<string>): Marks[] {
  const wanted = new Set<string>();
  for (const path of paths) {
    wanted.add(path);
    for (const ancestor of ancestors(path)) wanted.add(ancestor);
  }
  return indexes.map((index) => {
    const marks: Marks = new Map();
    for (const { path, kind, target } of index.entries()) {
      if (wanted.has(path)) marks.set(path, target === undefined ? { kind } : { kind, target });
    }
    return marks;
  });
}

/** True for what hides everything below it in the layers beneath. */
export function hidesBelow(kind: EntryKind): boolean {
  return kind !== 'directory';
}

/** What in one layer hides a path of the layers beneath; undefined when nothing does. */
export function hiddenBy(marks: Marks | undefined, path: string): Mark | undefined {
  const same = marks?.get(path);
  if (same !== undefined) return same;
  for (const ancestor of ancestors(path)) {
    const mark = marks?.get(ancestor);
    if (mark !== undefined && hidesBelow(mark.kind)) return mark;
  }
  return undefined;
}

/** What the layers up to and including `top` show at a path; undefined when nothing, or when not in question. */
function markAt(marks: readonly Marks[], top: number, path: string): Mark | undefined {
  for (let layer = top; layer >= 0; layer -= 1) {
    const mark = marks[layer]?.get(path);
    if (mark !== undefined) return mark.kind === 'whiteout' ? undefined : mark;
    for (const ancestor of ancestors(path)) {
      const above = marks[layer]?.get(ancestor);
      if (above !== undefined && hidesBelow(above.kind)) return undefined;
    }
  }
  return undefined;
}

/**
 * Resolves the symlinks among a path's ancestors as the layers up to `top` show them; the last segment is not followed.
 * Only ancestors that `inLayer` itself does not hold are followed when it is given: a tar may name a file through
 * a link of a layer below, and unpacking it there follows the link.
 */
export function realPath(marks: readonly Marks[], top: number, path: string, inLayer?: Marks): string {
  let current = path;
  for (let links = 0; links < MOST_LINKS; links += 1) {
    const next = followFirstLink(marks, top, current, inLayer);
    if (next === undefined) return current;
    current = next;
  }
  return current;
}

function followFirstLink(
  marks: readonly Marks[],
  top: number,
  path: string,
  inLayer?: Marks,
): string | undefined {
  for (const ancestor of ancestors(path)) {
    if (inLayer?.has(ancestor)) continue;
    const mark = markAt(marks, top, ancestor);
    if (mark?.kind !== 'symlink' || mark.target === undefined) continue;
    const target = linkTarget(ancestor, mark.target);
    const rest = path.slice(ancestor.length + 1);
    return target === undefined ? rest : `${target}/${rest}`;
  }
  return undefined;
}
