import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Workplace } from '../support/workplace.ts';
import { comparison, type Comparison } from './comparison.ts';
import { debianTree, type PackageChoice } from './language-debian.ts';
import { fullName } from './language-wording.ts';
import { listTree } from './listings.ts';

/** One language's packages of Debian: with dpkg's database, and as somebody else's. */
export interface LanguageTree {
  /** The tree without dpkg's database. */
  readonly folder: string;
  /** Whether, with that database, there is any package but Debian's. */
  readonly owned: Comparison;
}

/** Trees of Debian's packages of a language: dpkg's list of files says that nothing in them is a second package. */
export async function languageTree(
  place: Workplace,
  ecosystem: string,
  choice: PackageChoice,
): Promise<LanguageTree> {
  const managed = await debianTree(place, choice);
  const listings = await listTree(place, managed);
  const about = {
    ecosystem: 'owned by dpkg',
    oracle: 'dpkg file lists',
    subject: ecosystem,
    expected: new Set<string>(),
  };
  const owned = comparison(about, listings, (one) =>
    one.type === 'deb' || one.type === 'none'
      ? undefined
      : `${one.type} ${fullName(one)} ${one.paths[0] ?? ''}`,
  );
  // The managed tree may lie in the same folder, where nothing is kept for the next run.
  const folder = join(place.folder, `${choice.name}-unmanaged`);
  cpSync(managed, folder, { recursive: true, verbatimSymlinks: true });
  rmSync(join(folder, 'var/lib/dpkg'), { recursive: true });
  return { folder, owned };
}
