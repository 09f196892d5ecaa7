import type { Composition } from './composition.ts';
import { hiddenBy, type Marks } from './layer-marks.ts';
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

/**
 * Of several rpm databases only one is live: a rebuild to another format leaves the old file behind.
 * The one of the newest layer that holds packages counts; within a layer the newest format.
 */
export function liveDatabases(visible: readonly PlacedFact[]): PlacedFact[] {
  const databases = visible.filter((one) => one.ref.cataloger === 'rpm' && isDatabase(one) && count(one) > 0);
  if (databases.length < 2) return [...visible];
  const live = databases.toSorted((a, b) => b.ref.layer - a.ref.layer || formatRank(a) - formatRank(b))[0];
  const stale = new Set(databases.filter((one) => one !== live));
  return visible.filter((one) => !stale.has(one));
}

/**
 * Databases that a layer above deleted, while no other database of that kind is left.
 * One that was replaced by another file is not deleted: what that file says counts.
 */
export function deletedDatabases(
  placed: readonly PlacedFact[],
  visible: readonly PlacedFact[],
  marks: readonly Marks[],
): Composition['deletedDatabases'] {
  const living = new Set(
    visible.filter((one) => isDatabase(one) && count(one) > 0).map((one) => one.ref.cataloger),
  );
  const last = new Map<string, PlacedFact>();
  for (const one of placed) {
    if (isDatabase(one) && count(one) > 0 && !living.has(one.ref.cataloger))
      last.set(`${one.ref.cataloger}\0${one.path}`, one);
  }
  return [...last.values()].flatMap((one) => {
    const layer = marks.findIndex(
      (layerMarks, at) => at > one.ref.layer && hiddenBy(layerMarks, one.path) !== undefined,
    );
    return layer === -1 ? [] : [{ ref: one.ref, layer }];
  });
}

function isDatabase(one: PlacedFact): boolean {
  return OS_CATALOGERS.has(one.ref.cataloger) && DATABASE_NAMES.has(baseName(one.path));
}

function count(one: PlacedFact): number {
  return one.fact.packages?.length ?? 0;
}

function formatRank(one: PlacedFact): number {
  return RPM_FORMATS.indexOf(baseName(one.path));
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
