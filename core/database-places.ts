import type { MergedTree } from './merged-tree.ts';
import type { PlacedFact } from './placed-fact.ts';
import { resolveFolders } from './resolve-folders.ts';

interface DatabaseShape {
  /** Where the distribution's tools look for the database. */
  readonly folders: readonly string[];
  /** A file of it, from the database's own folder on. */
  readonly file: RegExp;
}

/**
 * Package databases by cataloger. Each is looked for wherever its files may lie, since an image may have moved it
 * behind a link from its own folder; which links there are is known only once the layers are merged.
 */
const SHAPES: ReadonlyMap<string, DatabaseShape> = new Map([
  ['apk', { folders: ['lib/apk/db', 'usr/lib/apk/db', 'var/lib/apk/db'], file: /\/installed$/ }],
  [
    'dpkg',
    {
      folders: ['var/lib/dpkg'],
      file: /(?<!\/opkg)\/(?:status|status\.d\/[^/]+|info\/[^/]+\.list|updates\/\d+)$/,
    },
  ],
  ['chisel', { folders: ['var/lib/chisel'], file: /\/manifest\.wall$/ }],
  [
    'opkg',
    {
      folders: ['usr/lib/opkg', 'var/lib/opkg'],
      file: /(?<!\/dpkg)\/(?:status|info\/[^/]+\.(?:control|list))$/,
    },
  ],
  ['pacman', { folders: ['var/lib/pacman/local'], file: /\/[^/]+\/(?:desc|files)$/ }],
  // What is being merged stands in a directory of its own beside the packages.
  ['portage', { folders: ['var/db/pkg'], file: /\/[^/]+\/(?!-MERGING-)[^/]+\/CONTENTS$/ }],
  [
    'rpm',
    {
      folders: ['var/lib/rpm', 'usr/lib/sysimage/rpm', 'usr/share/rpm'],
      file: /\/(?:Packages|Packages\.db|rpmdb\.sqlite)$/,
    },
  ],
]);

/** The folder of the package database that a file may be part of, by its name; undefined for others. */
export function databaseFolder(cataloger: string, path: string): string | undefined {
  const match = SHAPES.get(cataloger)?.file.exec(path);
  return match === null || match === undefined ? undefined : path.slice(0, match.index);
}

/** Whether a database in this folder is in its own place, not behind a link to wherever it is. */
function isOwnFolder(cataloger: string, folder: string): boolean {
  return SHAPES.get(cataloger)?.folders.includes(folder) ?? false;
}

/** Says which package databases the distribution's tools find: those in their own folders, and where links from there lead. */
export class DatabasePlaces {
  readonly #tree: MergedTree;
  /** By cataloger and top layer. */
  readonly #linked = new Map<string, ReadonlySet<string>>();

  constructor(tree: MergedTree) {
    this.#tree = tree;
  }

  /** Whether evidence is where the distribution's tools look, links aside. */
  isOwn({ ref: { cataloger, path } }: PlacedFact): boolean {
    const folder = databaseFolder(cataloger, path);
    return folder === undefined || isOwnFolder(cataloger, folder);
  }

  /** Whether evidence counts where it lies, in the image up to layer `top`; all counts that is of no database. */
  isLive(one: PlacedFact, top?: number): boolean {
    if (this.isOwn(one)) return true;
    const { cataloger, path } = one.ref;
    const key = `${cataloger}\0${top ?? ''}`;
    let linked = this.#linked.get(key);
    if (linked === undefined) {
      const folders = SHAPES.get(cataloger)?.folders ?? [];
      linked = new Set(resolveFolders(this.#tree, folders, top).values());
      this.#linked.set(key, linked);
    }
    return linked.has(databaseFolder(cataloger, path) ?? '');
  }
}
