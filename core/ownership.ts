import type { FactRef } from './composition.ts';
import type { PackageRecord } from './facts.ts';
import type { MergedTree } from './merged-tree.ts';
import { ancestors } from './paths.ts';
import type { PlacedFact } from './placed-fact.ts';
import { resolveFolders } from './resolve-folders.ts';
import { thirdPartyNames } from './third-party.ts';

/** Catalogers whose packages are the distribution's own: their word on a file's owner counts. */
export const OS_CATALOGERS: ReadonlySet<string> = new Set([
  'apk',
  'chisel',
  'dpkg',
  'opkg',
  'pacman',
  'portage',
  'rpm',
]);

/** Catalogers whose packages are only a guess at what lies in a folder that a package has to itself. */
const GUESSING: ReadonlySet<string> = new Set(['binary', 'dotnet-assembly', 'elf-note', 'embedded-sbom']);

/**
 * Catalogers of packages that hold programs and libraries of any kind, and list all their files: no guess at these.
 * A list of what a .NET program was published with names its libraries.
 */
const LISTING: ReadonlySet<string> = new Set([...OS_CATALOGERS, 'conda', 'dotnet']);

/** Of a claimed file: no distribution puts files deeper, and every folder on the way has to be looked at. */
const MOST_SEGMENTS = 64;

/** Visible facts whose file belongs to another package: one of the distribution, or one that has a whole folder to itself. */
export function ownedRefs(visible: readonly PlacedFact[], tree: MergedTree): FactRef[] {
  const ofSystem = ownedBySystem(visible, tree);
  const known = new Set(ofSystem);
  return [...ofSystem, ...inClaimedFolders(visible).filter((ref) => !known.has(ref))];
}

function inClaimedFolders(visible: readonly PlacedFact[]): FactRef[] {
  const folders = new Set(
    visible.flatMap(({ fact }) => (fact.claims ?? []).flatMap((claim) => claim.folders ?? [])),
  );
  if (folders.size === 0) return [];
  return visible.flatMap(({ ref }) =>
    GUESSING.has(ref.cataloger) && ancestors(ref.path).some((folder) => folders.has(folder)) ? [ref] : [],
  );
}

/**
 * Visible facts whose file an installed OS package claims. Claims are compared where links among their folders lead in the merged
 * image, since package lists say `lib/x` where a merged-/usr image holds `usr/lib/x`. What packages of third parties
 * bundle counts beside them; only guesses at what they are themselves do not, nor at what conda installed.
 */
function ownedBySystem(visible: readonly PlacedFact[], tree: MergedTree): FactRef[] {
  const installed = installedPackages(visible, OS_CATALOGERS);
  const names = mapValues(
    installedPackages(visible, LISTING),
    (packages) => new Set(packages.map(({ name }) => name)),
  );
  const own = mapValues(installed, (packages) => {
    const foreign = thirdPartyNames(packages);
    return new Set(packages.map(({ name }) => name).filter((name) => !foreign.has(name)));
  });
  const candidates = visible.filter(isCandidate);
  const [guesses, others] = [true, false].map((isGuess) =>
    candidates.filter(({ ref }) => GUESSING.has(ref.cataloger) === isGuess),
  );
  return [...claimedBy(own, others ?? [], visible, tree), ...claimedBy(names, guesses ?? [], visible, tree)];
}

/** Names of packages by cataloger. */
type Owners = ReadonlyMap<string, ReadonlySet<string>>;

function claimedBy(
  owners: Owners,
  candidates: readonly PlacedFact[],
  visible: readonly PlacedFact[],
  tree: MergedTree,
): FactRef[] {
  if (candidates.length === 0) return [];
  const claimed = claimedFiles(visible, new Set(candidates.map(({ ref }) => nameOf(ref.path))), owners);
  const places = resolveFolders(tree, claimed.keys());
  const owned = new Set<string>();
  for (const [folder, names] of claimed) {
    const place = places.get(folder);
    if (place === undefined) continue;
    for (const name of names) owned.add(place === '' ? name : `${place}/${name}`);
  }
  return candidates.map(({ ref }) => ref).filter(({ path }) => owned.has(path));
}

/** True for packages of other ecosystems. */
function isCandidate({ ref, fact }: PlacedFact): boolean {
  return !OS_CATALOGERS.has(ref.cataloger) && (fact.packages ?? []).length > 0;
}

/** What installed OS packages claim of files with these names: names by folder. Most lists have none. */
function claimedFiles(
  visible: readonly PlacedFact[],
  wanted: ReadonlySet<string>,
  owners: Owners,
): ReadonlyMap<string, readonly string[]> {
  const claimed = new Map<string, string[]>();
  for (const { ref, fact } of visible) {
    for (const { owner, files } of fact.claims ?? []) {
      if (owners.get(ref.cataloger)?.has(owner) !== true) continue;
      for (const file of files) {
        const name = nameOf(file);
        if (!wanted.has(name) || file.split('/').length > MOST_SEGMENTS) continue;
        const folder = file.slice(0, Math.max(0, file.length - name.length - 1));
        const names = claimed.get(folder);
        if (names === undefined) claimed.set(folder, [name]);
        else names.push(name);
      }
    }
  }
  return claimed;
}

/** Packages of these catalogers, by cataloger. */
function installedPackages(
  visible: readonly PlacedFact[],
  catalogers: ReadonlySet<string>,
): ReadonlyMap<string, readonly PackageRecord[]> {
  const ofSystem = visible.filter(({ ref }) => catalogers.has(ref.cataloger));
  const facts = Map.groupBy(ofSystem, ({ ref }) => ref.cataloger);
  return mapValues(facts, (all) => all.flatMap(({ fact }) => fact.packages ?? []));
}

function mapValues<V, W>(map: ReadonlyMap<string, V>, change: (value: V) => W): ReadonlyMap<string, W> {
  return new Map([...map].map(([key, value]) => [key, change(value)]));
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
