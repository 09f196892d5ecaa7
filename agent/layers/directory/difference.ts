import { readlinkSync, type Dirent } from 'node:fs';
import { layerIndexBuilder, MAX_PATH_UNITS } from '../../../core/layer-index.ts';
import type { EntryKind } from '../../../core/layer.ts';
import { startBudget } from '../budget.ts';
import type { LayerListing, ReadOptions } from '../layer-source.ts';
import { systemPath, textOf } from '../path-text.ts';
import { problemList } from '../problem-list.ts';
import { haveSameOwner, isSame, isSameType, type EntryType } from './compare.ts';
import { counterpartsIn } from './counterparts.ts';
import { handOver, type Recipient } from './hand-over.ts';
import { absolute, openTree } from './tree.ts';
import { attempter, entriesOf } from './walk.ts';

/** What handing over a file costs, and what comparing two, in names listed. */
const FILE_STEPS = 32;
const COMPARE_STEPS = 4;

/** A folder of the newer tree. */
interface Folder {
  readonly path: string;
  /** False when the older tree has no folder there. */
  readonly isInBoth: boolean;
  readonly parent: Folder | undefined;
  isListed: boolean;
}

/**
 * Lists what `newer` has that `older` has not, or has otherwise, and as whiteouts what `older` alone has.
 * Folders are listed where they are new, or altered themselves, or something in them is listed.
 */
export async function walkDifference(
  newer: string,
  older: string,
  recipient: Recipient,
  options: ReadOptions | undefined,
): Promise<LayerListing> {
  const budget = startBudget(options);
  const trees = { newer: openTree(newer), older: openTree(older) };
  const index = layerIndexBuilder();
  const problems = problemList();
  const attempt = attempter(recipient.isLive, problems);
  const pending: Folder[] = [{ path: '', isInBoth: true, parent: undefined, isListed: true }];
  const below: Folder[] = [];

  function listEntry(folder: Folder, path: string, kind: EntryKind, target?: string): void {
    const unlisted: Folder[] = [];
    for (let above: Folder | undefined = folder; above?.isListed === false; above = above.parent)
      unlisted.push(above);
    for (const above of unlisted.reverse()) {
      above.isListed = true;
      index.add(above.path, 'directory');
    }
    index.add(path, kind, target);
  }

  function visitFolder(folder: Folder, path: string, isInBoth: boolean): void {
    const child = { path, isInBoth, parent: folder, isListed: false };
    below.push(child);
    if (isInBoth && attempt(path, () => haveSameOwner(trees, path)) !== false) return;
    child.isListed = true;
    listEntry(folder, path, 'directory');
  }

  /** Compares one name; returns what it cost. */
  function visit(folder: Folder, entry: Dirent, before: EntryType | undefined, path: string): number {
    const isInBoth = before !== undefined && isSameType(before, entry);
    if (entry.isDirectory()) {
      visitFolder(folder, path, isInBoth);
      return COMPARE_STEPS;
    }
    if (isInBoth && attempt(path, () => isSame(trees, path, recipient.wanted)) === true) return COMPARE_STEPS;
    if (entry.isFile()) {
      listEntry(folder, path, 'file');
      return handOver(trees.newer, path, recipient) ? FILE_STEPS : COMPARE_STEPS;
    }
    const link = systemPath(absolute(trees.newer, path));
    const target = entry.isSymbolicLink() ? attempt(path, () => readlinkSync(link, 'latin1')) : undefined;
    const kind = entry.isSymbolicLink() ? 'symlink' : 'other';
    listEntry(folder, path, kind, target === undefined ? undefined : textOf(target));
    return COMPARE_STEPS;
  }

  async function visitAll(folder: Folder): Promise<void> {
    const { path, isInBoth } = folder;
    const counterparts = attempt(path, () => counterpartsIn(trees, path, isInBoth));
    const prefix = path === '' ? '' : `${path}/`;
    for (const entry of attempt(path, () => entriesOf(absolute(trees.newer, path))) ?? []) {
      const child = prefix + textOf(entry.name);
      const before = attempt(child, () => counterparts?.of(entry.name));
      if (child.length > MAX_PATH_UNITS) problems.add(path, 'holds a name whose path is too long');
      else await spend(visit(folder, entry, before, child));
    }
    for (const name of attempt(path, () => counterparts?.alone()) ?? []) {
      const child = prefix + textOf(name);
      if (child.length > MAX_PATH_UNITS) continue;
      listEntry(folder, child, 'whiteout');
      await spend(1);
    }
  }

  async function spend(steps: number): Promise<void> {
    if (!budget.spend(steps)) return;
    budget.checkIndex(index.entryCount, index.byteLength);
    await budget.pause();
  }

  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    await visitAll(folder);
    for (let child = below.pop(); child !== undefined; child = below.pop()) pending.push(child);
  }
  budget.checkIndex(index.entryCount, index.byteLength);
  return { index: index.finish(false), problems: problems.list(), superseded: [] };
}
