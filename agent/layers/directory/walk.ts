import { opendirSync, readdirSync, readlinkSync, statSync, type Dir, type Dirent } from 'node:fs';
import { layerIndexBuilder, MAX_PATH_UNITS } from '../../../core/layer-index.ts';
import type { EntryKind } from '../../../core/layer.ts';
import { startBudget } from '../budget.ts';
import { layerErrorOf } from '../layer-error.ts';
import type { LayerListing, ReadOptions } from '../layer-source.ts';
import { systemPath, textOf } from '../path-text.ts';
import { problemList, type ProblemList } from '../problem-list.ts';
import { handOver, isGone, vanished, type Recipient } from './hand-over.ts';
import { openTree, reasonOf } from './tree.ts';

/** A folder's own size on disk: some 25,000 names on ext4 and XFS; ZFS counts names, 20 bytes a name on tmpfs. */
const LARGE_FOLDER_BYTES = 1024 * 1024;
const NAMES_AT_ONCE = 1024;

/** What handing over a file costs, in names listed. */
const FILE_STEPS = 32;

/** What one kind of tree makes of what it meets. Paths given to it are absolute, as byte strings (see `textOf`). */
export interface TreeRules {
  /** Set in a listing made where opaque folders cannot be told from plain ones. */
  readonly opaqueBlind: boolean;
  /** What a folder is, before its names are read; not called for the root. May throw a system error. */
  folder(bytes: string, report: (message: string) => void): FolderRules;
  /** What a character device is. May throw a system error. */
  device(bytes: string): EntryKind;
}

export interface FolderRules {
  readonly kind: 'directory' | 'opaque';
  /** The folder itself is listed, what is in it is not. */
  readonly isClosed?: boolean;
  /** Says of a regular file in it that it is a whiteout. May throw a system error. */
  readonly isWhiteout?: (bytes: string) => boolean;
}

interface Folder {
  /** With a trailing slash, unless it is the root. */
  readonly prefix: string;
  /** Absolute, with a trailing slash, as a byte string. */
  readonly bytes: string;
  readonly rules: FolderRules;
}

/**
 * Lists a tree in one pass, parents before children, and hands over what is wanted on the way. Names and kinds come from
 * readdir(3) alone; only symlinks, devices and candidates cost further calls. No recursion: depth is the layer's choice.
 */
export async function walk(
  root: string,
  rules: TreeRules,
  recipient: Recipient,
  options: ReadOptions | undefined,
): Promise<LayerListing> {
  const budget = startBudget(options);
  const tree = openTree(root);
  const index = layerIndexBuilder();
  const problems = problemList();
  const attempt = attempter(recipient.isLive, problems);
  const pending: Folder[] = [{ prefix: '', bytes: `${tree.root}/`, rules: { kind: 'directory' } }];
  const below: Folder[] = [];

  /** Lists one name; returns what it cost. */
  function visit(folder: Folder, entry: Dirent, path: string): number {
    const bytes = folder.bytes + entry.name;
    if (entry.isFile()) {
      const { isWhiteout } = folder.rules;
      const hides = isWhiteout !== undefined && attempt(path, () => isWhiteout(bytes)) === true;
      index.add(path, hides ? 'whiteout' : 'file');
      return !hides && handOver(tree, path, recipient) ? FILE_STEPS : 1;
    }
    if (entry.isDirectory()) {
      const report = (message: string): void => problems.add(path, message);
      const entered = attempt(path, () => rules.folder(bytes, report)) ?? { kind: 'directory' };
      index.add(path, entered.kind);
      if (entered.isClosed !== true) below.push({ prefix: `${path}/`, bytes: `${bytes}/`, rules: entered });
      return 2;
    }
    if (entry.isSymbolicLink()) {
      const target = attempt(path, () => readlinkSync(systemPath(bytes), 'latin1'));
      index.add(path, 'symlink', target === undefined ? undefined : textOf(target));
      return 2;
    }
    const kind = entry.isCharacterDevice() ? attempt(path, () => rules.device(bytes)) : 'other';
    index.add(path, kind ?? 'other');
    return 2;
  }

  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    const { bytes, prefix } = folder;
    for (const entry of attempt(prefix.slice(0, -1), () => entriesOf(bytes)) ?? []) {
      const path = prefix + textOf(entry.name);
      if (path.length > MAX_PATH_UNITS) {
        problems.add(prefix.slice(0, -1), 'holds a name whose path is too long');
        continue;
      }
      if (budget.spend(visit(folder, entry, path))) {
        budget.checkIndex(index.entryCount, index.byteLength);
        await budget.pause();
      }
    }
    for (let child = below.pop(); child !== undefined; child = below.pop()) pending.push(child);
  }
  budget.checkIndex(index.entryCount, index.byteLength);
  return { index: index.finish(rules.opaqueBlind), problems: problems.list(), superseded: [] };
}

/** The names of a folder; of one so large that they fill the memory, a few at a time. */
export function entriesOf(bytes: string): Iterable<Dirent> {
  if (!isLarge(bytes)) return list(bytes);
  return streamed(opendirSync(systemPath(bytes), { encoding: 'latin1', bufferSize: NAMES_AT_ONCE }));
}

/** Whether a folder has so many names that they are not to be held at once. Throws system errors. */
export function isLarge(bytes: string): boolean {
  return statSync(systemPath(bytes)).size >= LARGE_FOLDER_BYTES;
}

function* streamed(folder: Dir): Generator<Dirent> {
  try {
    for (let entry = folder.readSync(); entry !== null; entry = folder.readSync()) yield entry;
  } finally {
    folder.closeSync();
  }
}

/** Sorted by bytes, as uv_fs_scandir does. Byte strings are also quicker to make than decoded ones. */
function list(bytes: string): Dirent[] {
  return readdirSync(systemPath(bytes), { withFileTypes: true, encoding: 'latin1' });
}

/**
 * Runs a system call on a path of the tree. What fails is a problem of this path, and undefined; but in a tree that
 * should not change, a path that is gone means that the layer is going, and a LayerError `changed`.
 */
export function attempter(
  isLive: boolean,
  problems: ProblemList,
): <T>(path: string, call: () => T) => T | undefined {
  return (path, call) => {
    try {
      return call();
    } catch (error) {
      if (!isGone(error)) problems.add(path, reasonOf(error));
      else if (!isLive) throw path === '' ? layerErrorOf(error, 'the layer') : vanished(path, error);
      return undefined;
    }
  };
}
