import type { Package } from '../composition.ts';

/**
 * Direct dependencies among the packages of one image, by purl. A declared name counts
 * when exactly one package of the same type has it.
 */
export function dependencyPurls(packages: readonly Package[]): Map<string, string[]> {
  const byName = new Map<string, string | undefined>();
  for (const one of packages) {
    const key = `${one.type}\0${fullName(one)}`;
    byName.set(key, byName.has(key) ? undefined : one.purl);
  }
  const found = new Map<string, string[]>();
  for (const one of packages) {
    const purls = (one.dependencies ?? []).map((name) => byName.get(`${one.type}\0${name}`));
    const known = purls.filter((purl) => purl !== undefined && purl !== one.purl) as string[];
    if (known.length > 0) found.set(one.purl, [...new Set(known)].sort());
  }
  return found;
}

/** Name as people of that ecosystem write it: an npm scope or Go path goes before it. */
export function fullName(one: Pick<Package, 'namespace' | 'name'>): string {
  return one.namespace === undefined ? one.name : `${one.namespace}/${one.name}`;
}
