import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  realpathSync,
  statSync,
} from 'node:fs';
import type { LayerFile } from '../../../core/layer.ts';
import { besides, fileReader } from '../file-bytes.ts';
import { layerErrorOf, LayerError } from '../layer-error.ts';
import { bytesOf, systemPath } from '../path-text.ts';
import { errorMessage } from '../../../platform/error-message.ts';
import { systemCode } from '../../../platform/system-error.ts';

/** O_NONBLOCK: opening a FIFO that someone put in a file's place must not wait for its writer. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

/** A folder whose files are read but whose symlinks lead nowhere. */
export interface Tree {
  /** Real path as a byte string (see `textOf`), without a trailing slash. */
  readonly root: string;
}

/** A regular file of a tree, open until `close`. */
export interface OpenFile extends LayerFile {
  close(): void;
}

/** Throws a LayerError when there is no such folder. */
export function openTree(path: string): Tree {
  try {
    const root = realpathSync.native(path, 'latin1');
    if (statSync(systemPath(root)).isDirectory()) return { root: root === '/' ? '' : root };
  } catch (error) {
    throw layerErrorOf(error, path);
  }
  throw new LayerError('not-found', `${path}: not a directory`);
}

/** Absolute path as a byte string. `path` is relative to the tree, as text; empty for the root. */
export function absolute(tree: Tree, path: string): string {
  return path === '' ? tree.root || '/' : `${tree.root}/${bytesOf(path)}`;
}

/**
 * Opens a regular file. `companions` are the names that `sibling` answers to.
 * Throws a system error, or an Error that says in a few words what is at the path instead.
 */
export function openFile(tree: Tree, path: string, companions: readonly string[] = []): OpenFile {
  const bytes = absolute(tree, path);
  const fd = openSync(systemPath(bytes), OPEN_FLAGS);
  try {
    return fileOf(tree, path, bytes, fd, companions);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function fileOf(
  tree: Tree,
  path: string,
  bytes: string,
  fd: number,
  companions: readonly string[],
): OpenFile {
  const stat = fstatSync(fd);
  if (!stat.isFile()) throw new Error('not a regular file');
  // O_NOFOLLOW speaks of the last segment alone. Should a folder above have become a symlink, the kernel says so here.
  if (readlinkSync(`/proc/self/fd/${fd}`, 'latin1') !== bytes) throw new Error('lies behind a symbolic link');
  const siblings = new Map<string, OpenFile | undefined>();
  const reader = fileReader(fd, 0, stat.size);
  return {
    path,
    size: stat.size,
    mode: stat.mode & 0o7777,
    read: (offset, length) => reader.read(offset, length),
    sibling(name) {
      if (!companions.includes(name) || name.includes('/')) return undefined;
      if (!siblings.has(name)) siblings.set(name, openIfThere(tree, besides(path, name)));
      return siblings.get(name);
    },
    close() {
      for (const sibling of siblings.values()) sibling?.close();
      reader.free();
      closeSync(fd);
    },
  };
}

/** A few words for a fact's message. */
export function reasonOf(error: unknown): string {
  const code = systemCode(error);
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  if (code === 'ELOOP') return 'became a symbolic link';
  return code ?? errorMessage(error);
}

function openIfThere(tree: Tree, path: string): OpenFile | undefined {
  const stat = lstatSync(systemPath(absolute(tree, path)), { throwIfNoEntry: false });
  if (stat === undefined || !stat.isFile()) return undefined;
  try {
    return openFile(tree, path);
  } catch (error) {
    throw new Error(`${path}: ${reasonOf(error)}`, { cause: error });
  }
}
