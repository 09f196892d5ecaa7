import type { Composition } from './composition.ts';
import type { DatabasePlaces } from './database-places.ts';
import { isJournalEntry } from './journals.ts';
import { recordKey } from './merge.ts';
import type { MergedTree } from './merged-tree.ts';
import { OS_CATALOGERS } from './ownership.ts';
import type { PlacedFact } from './placed-fact.ts';

/**
 * Files that hold a distribution's package list, so that losing one loses the list. pacman's (`desc`) and Portage's
 * (`CONTENTS`) are spread over one directory a package: there it is losing all that loses the list.
 */
const DATABASE_NAMES: ReadonlySet<string> = new Set([
  'CONTENTS',
  'desc',
  'manifest.wall',
  'status',
  'installed',
  'Packages',
  'Packages.db',
  'rpmdb.sqlite',
]);

/** rpm's own order of formats, newest first: what a rebuild leaves behind is older. */
const RPM_FORMATS = ['rpmdb.sqlite', 'Packages.db', 'Packages'];

export function isDatabase(one: PlacedFact): boolean {
  const { ref } = one;
  return (OS_CATALOGERS.has(ref.cataloger) && DATABASE_NAMES.has(nameOf(ref.path))) || isJournalEntry(one);
}

/**
 * Of several rpm databases only one is live: a rebuild to another format leaves the old file behind.
 * The one whose packages changed last counts, and of those that changed in one layer the one of the newest format.
 * `facts` are those of the databases in all layers: a layer that only touches a file holds it too.
 */
export function liveDatabases(visible: readonly PlacedFact[], facts: readonly PlacedFact[]): PlacedFact[] {
  const databases = visible.filter((one) => one.ref.cataloger === 'rpm' && isDatabase(one) && count(one) > 0);
  if (databases.length < 2) return [...visible];
  const changed = new Map(databases.map((one) => [one, changedIn(one, facts)]));
  const rank = (one: PlacedFact): number => changed.get(one) ?? 0;
  const live = databases.toSorted((a, b) => rank(b) - rank(a) || formatRank(a) - formatRank(b))[0];
  const stale = new Set(databases.filter((one) => one !== live));
  return visible.filter((one) => !stale.has(one));
}

/** The lowest layer from which on a database lists the packages that it lists. */
function changedIn(one: PlacedFact, facts: readonly PlacedFact[]): number {
  const { ref } = one;
  const earlier = facts
    .filter((other) => other.ref.cataloger === ref.cataloger && other.ref.path === ref.path)
    .filter((other) => other.ref.layer < ref.layer)
    .toSorted((a, b) => b.ref.layer - a.ref.layer);
  const packages = contents(one);
  const different = earlier.findIndex((other) => contents(other) !== packages);
  const same = different < 0 ? earlier : earlier.slice(0, different);
  return same.at(-1)?.ref.layer ?? ref.layer;
}

function contents({ fact }: PlacedFact): string {
  return (fact.packages ?? []).map(recordKey).join('\n');
}

/**
 * Databases that a layer above deleted or emptied, while no other list of that kind is left; of several, those that
 * lasted longest. One that was replaced by another list is not deleted: what that list says counts.
 */
export function deletedDatabases(
  facts: readonly PlacedFact[],
  visible: readonly PlacedFact[],
  tree: MergedTree,
  places: DatabasePlaces,
): Composition['deletedDatabases'] {
  const deleted = new Map<string, { readonly last: PlacedFact; readonly layer: number }[]>();
  const living = new Set(visible.filter(isList).map(({ ref }) => ref.cataloger));
  for (const last of lastLists(facts.filter((one) => isList(one) && !living.has(one.ref.cataloger)))) {
    const layer = endedIn(last, tree, places);
    if (layer === undefined) continue;
    const others = deleted.get(last.ref.cataloger);
    if (others === undefined || (others[0]?.layer ?? 0) < layer)
      deleted.set(last.ref.cataloger, [{ last, layer }]);
    else if (others[0]?.layer === layer) others.push({ last, layer });
  }
  return [...deleted.values()].flatMap((all) =>
    liveDatabases(
      all.map(({ last }) => last),
      facts,
    ).map(({ ref }) => ({ ref, layer: all[0]?.layer ?? 0 })),
  );
}

/**
 * The layer that took a database away, or the link that led to it; undefined when it is there, or never was a database that
 * anything led to.
 */
function endedIn(last: PlacedFact, tree: MergedTree, places: DatabasePlaces): number | undefined {
  const { layer, path } = last.ref;
  const hidden = tree.hiddenBy(path, layer);
  if (places.isOwn(last)) return hidden;
  const end = hidden ?? tree.height;
  for (let top = end - 1; top >= layer; top -= 1)
    if (places.isLive(last, top)) return top + 1 < tree.height ? top + 1 : undefined;
  return undefined;
}

/** The last of each path. */
function lastLists(lists: readonly PlacedFact[]): Iterable<PlacedFact> {
  return new Map(lists.map((one) => [`${one.ref.cataloger}\0${one.ref.path}`, one])).values();
}

/** True for all that lists packages of a distribution, be it a whole database or a file of one package. */
function isList(one: PlacedFact): boolean {
  return OS_CATALOGERS.has(one.ref.cataloger) && count(one) > 0;
}

function count(one: PlacedFact): number {
  return one.fact.packages?.length ?? 0;
}

function formatRank(one: PlacedFact): number {
  return RPM_FORMATS.indexOf(nameOf(one.ref.path));
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
