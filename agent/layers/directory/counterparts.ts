import { lstatSync } from 'node:fs';
import { systemPath } from '../path-text.ts';
import type { EntryType, TreePair } from './compare.ts';
import { absolute } from './tree.ts';
import { entriesOf, isLarge } from './walk.ts';

/** What the older of two trees has in a folder that both have. Names are byte strings (see `textOf`). */
export interface Counterparts {
  /** What has this name there; undefined when nothing has. Each name is asked for once. May throw a system error. */
  of(name: string): EntryType | undefined;
  /** The names that the newer folder has not; to be asked for when all of the newer one's were. May throw system errors. */
  alone(): Iterable<string>;
}

const NONE: Counterparts = { of: () => undefined, alone: () => [] };

/** `path` is the folder, relative. Throws a system error when it cannot be listed. */
export function counterpartsIn(trees: TreePair, path: string, isInBoth: boolean): Counterparts {
  if (!isInBoth) return NONE;
  const [newer, older] = [absolute(trees.newer, path), absolute(trees.older, path)];
  return isLarge(older) ? lookedUp(newer, older) : listed(older);
}

function listed(older: string): Counterparts {
  const entries = new Map<string, EntryType>();
  for (const entry of entriesOf(older)) entries.set(entry.name, entry);
  return {
    of(name) {
      const entry = entries.get(name);
      entries.delete(name);
      return entry;
    },
    alone: () => entries.keys(),
  };
}

/** Of a folder whose names would fill the memory: one system call a name instead, in both folders. */
function lookedUp(newer: string, older: string): Counterparts {
  function at(folder: string, name: string): EntryType | undefined {
    return lstatSync(systemPath(`${folder}/${name}`), { throwIfNoEntry: false });
  }
  return {
    of: (name) => at(older, name),
    *alone() {
      for (const { name } of entriesOf(older)) if (at(newer, name) === undefined) yield name;
    },
  };
}
