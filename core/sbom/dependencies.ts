import type { Package } from '../composition.ts';
import { comparableName } from '../purl.ts';

/**
 * Direct dependencies among the packages of one image, by purl. A declared name counts
 * when exactly one package of the same type has it.
 */
export function dependencyPurls(packages: readonly Package[]): Map<string, string[]> {
  const byName = new Map<string, string | undefined>();
  for (const one of packages) {
    const key = nameKey(one, fullName(one));
    byName.set(key, byName.has(key) ? undefined : one.purl);
  }
  const found = new Map<string, string[]>();
  for (const one of packages) {
    const purls = new Set<string>();
    for (const name of one.dependencies ?? []) {
      const purl = byName.get(nameKey(one, name));
      if (purl !== undefined && purl !== one.purl) purls.add(purl);
    }
    if (purls.size > 0) found.set(one.purl, [...purls].sort());
  }
  return found;
}

interface Named {
  readonly type: string;
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** Name as people of that ecosystem write it: an npm scope, Go path or Maven group goes before it. */
export function fullName({ type, namespace, name }: Named): string {
  if (namespace === undefined) return name;
  return type === 'maven' ? `${namespace}:${name}` : `${namespace}/${name}`;
}

function nameKey({ type }: Package, name: string): string {
  return `${type}\0${comparableName(type, name)}`;
}
