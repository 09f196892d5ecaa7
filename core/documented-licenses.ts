import type { PackageLicenses } from './composition.ts';
import type { MergedTree } from './merged-tree.ts';
import type { PlacedFact } from './placed-fact.ts';
import { resolveFolders } from './resolve-folders.ts';

/** A full desktop comes to 1 Mi. Many packages may share one file, so that a small layer could tell of more than fits anywhere. */
const MOST_CHARACTERS = 8 * 1024 * 1024;
/** What a license costs besides its characters. */
const LICENSE_OVERHEAD = 8;

/**
 * Licenses of packages whose own evidence states none, from other files: Debian's from the copyright file in their folder
 * of documentation, which may be a link to another package's (Debian Policy, 12.5); Homebrew's from the formula in their keg.
 */
export function documentedLicenses(reported: readonly PlacedFact[], tree: MergedTree): PackageLicenses[] {
  const documented = new Map(
    reported.flatMap(({ ref, fact }) =>
      fact.licenses === undefined ? [] : [[ref.path, fact.licenses] as const],
    ),
  );
  if (documented.size === 0) return [];
  const documents = documentsOf(reported);
  const elsewhere = resolveFolders(
    tree,
    documents.map(({ path }) => path).filter((path) => !documented.has(path)),
  );
  let room = MOST_CHARACTERS;
  return documents.flatMap(({ type, name, path }) => {
    const licenses = documented.get(path) ?? documented.get(elsewhere.get(path) ?? '') ?? [];
    room -= licenses.reduce((sum, license) => sum + license.length + LICENSE_OVERHEAD, 0);
    return licenses.length === 0 || room < 0 ? [] : [{ type, name, licenses }];
  });
}

/** A file that may state the licenses of the packages of a name. */
interface Document {
  readonly type: 'brew' | 'deb';
  readonly name: string;
  readonly path: string;
}

function documentsOf(reported: readonly PlacedFact[]): readonly Document[] {
  const documents = new Map<string, Document>();
  for (const { ref, fact } of reported) {
    for (const { type, name } of fact.packages ?? []) {
      if ((type !== 'brew' && type !== 'deb') || name.includes('/')) continue;
      const keg = ref.path.slice(0, ref.path.lastIndexOf('/') + 1);
      const path = type === 'deb' ? `usr/share/doc/${name}/copyright` : `${keg}.brew/${name}.rb`;
      documents.set(`${type}\0${name}`, { type, name, path });
    }
  }
  return [...documents.values()];
}
