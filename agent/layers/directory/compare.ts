import { lstatSync, readlinkSync, type Dirent, type Stats } from 'node:fs';
import type { Wanted } from '../layer-source.ts';
import { systemPath } from '../path-text.ts';
import { hasWantedStat, mayBeProgram } from '../programs.ts';
import { absolute, openFile, type Tree } from './tree.ts';

/** Where ELF, PE and Mach-O files have their build ids: enough to tell two builds of one size apart. */
const PROGRAM_HEAD_BYTES = 64 * 1024;
const COMPARE_BYTES = 1024 * 1024;

/** What a name is, as a folder's listing or lstat(2) says. */
export type EntryType = Pick<
  Dirent | Stats,
  'isFile' | 'isDirectory' | 'isSymbolicLink' | 'isCharacterDevice' | 'isBlockDevice'
>;

/** A snapshot's tree and that of its parent. */
export interface TreePair {
  readonly newer: Tree;
  readonly older: Tree;
}

/** True when both names are of one type, whatever is behind them. */
export function isSameType(a: EntryType, b: EntryType): boolean {
  return (
    a.isFile() === b.isFile() &&
    a.isDirectory() === b.isDirectory() &&
    a.isSymbolicLink() === b.isSymbolicLink() &&
    a.isCharacterDevice() === b.isCharacterDevice() &&
    a.isBlockDevice() === b.isBlockDevice()
  );
}

/** True when mode and owner of a path are the same in both trees. Throws system errors. */
export function haveSameOwner(trees: TreePair, path: string): boolean {
  return isSameOwner(stat(trees.newer, path), stat(trees.older, path));
}

/**
 * True when a path that is no folder is the same in both trees, by mode, owner and target, device, or size and time.
 * Builds that set all times alike make size and time weak evidence, so what catalogers read is compared itself: files that
 * are wanted by name wholly, programs and files whose mode gives rights away by their beginning. Throws system errors.
 */
export function isSame(trees: TreePair, path: string, wanted: Wanted): boolean {
  const a = stat(trees.newer, path);
  const b = stat(trees.older, path);
  if (a.dev === b.dev && a.ino === b.ino) return true;
  if (!isSameOwner(a, b)) return false;
  if (a.isSymbolicLink()) return target(trees.newer, path) === target(trees.older, path);
  if (!a.isFile()) return a.rdev === b.rdev;
  if (a.size !== b.size || a.mtimeMs !== b.mtimeMs) return false;
  if (wanted.byName(path).length > 0) return haveSameBytes(trees, path, a.size);
  const mayConcern = wanted.programs && mayBeProgram(path) && hasWantedStat(a.mode, a.size);
  return !mayConcern || haveSameBytes(trees, path, Math.min(a.size, PROGRAM_HEAD_BYTES));
}

function isSameOwner(a: Stats, b: Stats): boolean {
  return a.mode === b.mode && a.uid === b.uid && a.gid === b.gid;
}

function haveSameBytes(trees: TreePair, path: string, length: number): boolean {
  const a = openFile(trees.newer, path);
  try {
    const b = openFile(trees.older, path);
    try {
      for (let at = 0; at < length; at += COMPARE_BYTES) {
        const size = Math.min(COMPARE_BYTES, length - at);
        if (Buffer.compare(a.read(at, size), b.read(at, size)) !== 0) return false;
      }
      return true;
    } finally {
      b.close();
    }
  } finally {
    a.close();
  }
}

function stat(tree: Tree, path: string): Stats {
  return lstatSync(systemPath(absolute(tree, path)));
}

function target(tree: Tree, path: string): string {
  return readlinkSync(systemPath(absolute(tree, path)), 'latin1');
}
