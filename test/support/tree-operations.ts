import {
  chmodSync,
  cpSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  type Stats,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** What a build step may do to a tree. Paths are relative to its root; links among their folders are followed within it. */
export type Operation =
  | { readonly do: 'write'; readonly path: string; readonly content: string | Uint8Array }
  | { readonly do: 'remove'; readonly path: string }
  /** Removes a folder and makes it anew, which overlayfs marks as opaque. */
  | { readonly do: 'recreate'; readonly path: string }
  | { readonly do: 'symlink'; readonly path: string; readonly target: string }
  | { readonly do: 'hardlink'; readonly path: string; readonly from: string }
  | { readonly do: 'rename'; readonly path: string; readonly from: string }
  | { readonly do: 'chmod'; readonly path: string; readonly mode: number }
  /** Moves what is in a folder to another and leaves a link in its place, as a merge of /lib into /usr/lib does. */
  | { readonly do: 'merge'; readonly path: string; readonly into: string };

/** As many symlinks as Linux follows in one path (path_resolution(7)). */
const MOST_LINKS = 40;

/** Does what is possible: a step that has nothing to work on does nothing. Never leaves the tree. */
export function apply(root: string, operation: Operation): void {
  const path = resolveIn(root, operation.path);
  if (path === undefined || path === '') return;
  const at = join(root, path);
  switch (operation.do) {
    case 'write':
      if (statOf(at)?.isDirectory() === true) rmSync(at, { recursive: true });
      if (statOf(at)?.isSymbolicLink() === true) rmSync(at);
      if (makeParents(root, path)) writeFileSync(at, operation.content);
      return;
    case 'remove':
      rmSync(at, { recursive: true, force: true });
      return;
    case 'recreate':
      rmSync(at, { recursive: true, force: true });
      if (makeParents(root, path)) mkdirSync(at);
      return;
    case 'symlink':
      rmSync(at, { recursive: true, force: true });
      if (makeParents(root, path)) symlinkSync(operation.target, at);
      return;
    case 'hardlink':
      makeHardLink(root, operation.from, path);
      return;
    case 'rename':
      rename(root, operation.from, path);
      return;
    case 'chmod':
      if (statOf(at)?.isSymbolicLink() === false) chmodSync(at, operation.mode);
      return;
    case 'merge':
      merge(root, path, operation.into);
  }
}

/**
 * Where a path of the tree leads once the links among its folders are followed, absolute ones from the tree's root as in
 * a chroot; the last segment is not followed. Undefined where links go round.
 */
export function resolveIn(root: string, path: string): string | undefined {
  const pending = path.split('/');
  let at: string[] = [];
  let links = 0;
  for (let segment = pending.shift(); segment !== undefined; segment = pending.shift()) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') {
      at.pop();
      continue;
    }
    const here = join(root, ...at, segment);
    if (pending.length === 0 || statOf(here)?.isSymbolicLink() !== true) {
      at.push(segment);
      continue;
    }
    links += 1;
    if (links > MOST_LINKS) return undefined;
    const target = readlinkSync(here);
    if (target.startsWith('/')) at = [];
    pending.unshift(...target.split('/'));
  }
  return at.join('/');
}

/** False where a file is in the way. */
function makeParents(root: string, path: string): boolean {
  const parent = dirname(join(root, path));
  for (let above = parent; above.length > root.length; above = dirname(above)) {
    const stat = statOf(above);
    if (stat !== undefined && !stat.isDirectory()) return false;
  }
  mkdirSync(parent, { recursive: true });
  return true;
}

function makeHardLink(root: string, from: string, path: string): void {
  const source = resolveIn(root, from);
  if (source === undefined || source === path || statOf(join(root, source))?.isFile() !== true) return;
  if (statOf(join(root, path)) !== undefined || !makeParents(root, path)) return;
  linkSync(join(root, source), join(root, path));
}

function rename(root: string, from: string, path: string): void {
  const source = resolveIn(root, from);
  if (source === undefined || source === '' || statOf(join(root, source)) === undefined) return;
  if (`${path}/`.startsWith(`${source}/`) || `${source}/`.startsWith(`${path}/`)) return;
  if (!makeParents(root, path)) return;
  rmSync(join(root, path), { recursive: true, force: true });
  move(join(root, source), join(root, path));
}

/** As mv(1) does: overlayfs does not rename folders of the layers below. */
function move(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EXDEV')) throw error;
    cpSync(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
    rmSync(from, { recursive: true });
  }
}

function merge(root: string, path: string, into: string): void {
  const target = resolveIn(root, `${into}/x`)?.slice(0, -2);
  if (target === undefined || target === '' || statOf(join(root, path))?.isDirectory() !== true) return;
  if (`${target}/`.startsWith(`${path}/`) || `${path}/`.startsWith(`${target}/`)) return;
  if (!makeParents(root, `${target}/x`)) return;
  for (const name of readdirSync(join(root, path))) {
    const there = join(root, target, name);
    rmSync(there, { recursive: true, force: true });
    move(join(root, path, name), there);
  }
  rmSync(join(root, path), { recursive: true });
  symlinkSync('../'.repeat(path.split('/').length - 1) + target, join(root, path));
}

/** What is at a path itself; undefined when nothing is, or a file is in its way. */
export function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && ['ENOENT', 'ENOTDIR'].includes(String(error.code)))
      return undefined;
    throw error;
  }
}
