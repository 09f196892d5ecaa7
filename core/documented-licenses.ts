import type { PackageLicenses } from './composition.ts';
import type { MergedTree } from './merged-tree.ts';
import type { PlacedFact } from './placed-fact.ts';
import { resolveFolders } from './resolve-folders.ts';

/**
 * Licenses of Debian's packages, whose database has none: those that the copyright file in their folder of
 * documentation states, which may be a link to another package's. Source: Debian Policy, 12.5.
 */
export function documentedLicenses(reported: readonly PlacedFact[], tree: MergedTree): PackageLicenses[] {
  const documented = new Map(
    reported.flatMap(({ ref, fact }) =>
      fact.licenses === undefined ? [] : [[ref.path, fact.licenses] as const],
    ),
  );
  if (documented.size === 0) return [];
  const paths = new Map(debianNames(reported).map((name) => [name, `usr/share/doc/${name}/copyright`]));
  const elsewhere = resolveFolders(
    tree,
    [...paths.values()].filter((path) => !documented.has(path)),
  );
  return [...paths].flatMap(([name, path]) => {
    const licenses = documented.get(path) ?? documented.get(elsewhere.get(path) ?? '');
    return licenses === undefined ? [] : [{ type: 'deb', name, licenses }];
  });
}

function debianNames(reported: readonly PlacedFact[]): readonly string[] {
  const names = new Set<string>();
  for (const { fact } of reported) {
    for (const { type, name } of fact.packages ?? [])
      if (type === 'deb' && !name.includes('/')) names.add(name);
  }
  return [...names];
}
