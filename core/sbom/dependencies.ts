import type { Package } from '../composition.ts';
import { comparableName } from '../purl.ts';

/**
 * Direct dependencies among the packages of one image, by purl. Where several packages of the same type have a declared
 * name, the one counts that its ecosystem would take; no dependency is told where that is not certain.
 */
export function dependencyPurls(packages: readonly Package[]): Map<string, string[]> {
  const byName = Map.groupBy(packages, (one) => nameKey(one, fullName(one)));
  const found = new Map<string, string[]>();
  for (const one of packages) {
    const purls = new Set<string>();
    for (const name of one.dependencies ?? []) {
      const purl = chosen(one, name, byName.get(nameKey(one, name)) ?? [])?.purl;
      if (purl !== undefined && purl !== one.purl) purls.add(purl);
    }
    if (purls.size > 0) found.set(one.purl, [...purls].sort());
  }
  return found;
}

/** More packages of one name are not told apart. */
const MOST_NAMESAKES = 100;

function chosen(one: Package, name: string, namesakes: readonly Package[]): Package | undefined {
  if (namesakes.length < 2) return namesakes[0];
  if (namesakes.length > MOST_NAMESAKES) return undefined;
  if (one.type === 'npm') return nearest(one, name, namesakes);
  // Of one architecture, as distributions install them side by side; or in one place, as in an environment of Python's.
  const alike = namesakes.filter(({ architecture }) => architecture === one.architecture);
  const places = new Set(one.locations.map(({ path }) => placeOf(path)));
  const beside = alike.filter(({ locations }) => locations.some(({ path }) => places.has(placeOf(path))));
  const [only, ...others] = alike.length === 1 ? alike : beside;
  return others.length === 0 ? only : undefined;
}

/** The folder that holds the folder of the evidence. */
function placeOf(path: string): string {
  return path.split('/').slice(0, -2).join('/');
}

/**
 * What Node.js would load: the package in the nearest `node_modules` on the way up. Undefined when the package lies in
 * several places that differ in this. Source: Node.js, "Loading from node_modules folders".
 */
function nearest(one: Package, name: string, namesakes: readonly Package[]): Package | undefined {
  const byPath = new Map(
    namesakes.flatMap((other) => other.locations.map(({ path }) => [path, other] as const)),
  );
  const loaded = new Set(
    one.locations.map(({ path }) => {
      for (let folder = parentOf(path); ; folder = parentOf(folder)) {
        const prefix = folder === '' ? '' : `${folder}/`;
        const other = byPath.get(`${prefix}node_modules/${name}/package.json`);
        if (other !== undefined || folder === '') return other;
      }
    }),
  );
  return loaded.size === 1 ? [...loaded][0] : undefined;
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
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
