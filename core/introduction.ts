import type { PackageOrigin } from './composition.ts';
import { recordKey } from './merge.ts';
import type { DatabasePlaces } from './database-places.ts';
import type { MergedTree } from './merged-tree.ts';
import { isDatabase, liveDatabases } from './package-databases.ts';
import type { PlacedFact } from './placed-fact.ts';

/**
 * All versions of the evidence in one place, base first. The package databases of a distribution count as one place:
 * a package is no newer because its database was moved or rebuilt in another format.
 */
type Column = readonly PlacedFact[];

/**
 * Where each package of these facts came in, if that is below their own layer: the lowest layer of its last contiguous
 * presence. A package is present after a layer if the layers up to there, merged, show it in the same place.
 */
export function introductions(
  shown: readonly PlacedFact[],
  facts: readonly PlacedFact[],
  tree: MergedTree,
  places: DatabasePlaces,
): PackageOrigin[] {
  const columns = Map.groupBy(facts, columnKey);
  const views = new Map<string, ColumnView>();
  return shown.flatMap((one) => {
    const key = columnKey(one);
    const column = columns.get(key) ?? [];
    if (column.length < 2) return [];
    let view = views.get(key);
    if (view === undefined) views.set(key, (view = new ColumnView(column, tree, places)));
    return originsOf(one, view);
  });
}

function originsOf(one: PlacedFact, view: ColumnView): PackageOrigin[] {
  const origins: PackageOrigin[] = [];
  for (const record of one.fact.packages ?? []) {
    const key = recordKey(record);
    let layer = one.ref.layer;
    for (let lower = view.holder(key, layer - 1); lower !== undefined; lower = view.holder(key, layer - 1))
      layer = lower;
    if (layer !== one.ref.layer) origins.push({ ref: one.ref, package: key, layer });
  }
  return origins;
}

/** What the layers up to any one of them show in one place. */
class ColumnView {
  readonly #column: Column;
  readonly #tree: MergedTree;
  readonly #places: DatabasePlaces;
  readonly #shown = new Map<number, readonly PlacedFact[]>();
  readonly #keys = new Map<PlacedFact, ReadonlySet<string>>();

  constructor(column: Column, tree: MergedTree, places: DatabasePlaces) {
    this.#column = column;
    this.#tree = tree;
    this.#places = places;
  }

  /** The layer of the evidence that shows a package to be there after layer `top`; undefined when it is not there. */
  holder(key: string, top: number): number | undefined {
    return this.#shownUpTo(top).find((one) => this.#keysOf(one).has(key))?.ref.layer;
  }

  #shownUpTo(top: number): readonly PlacedFact[] {
    let shown = this.#shown.get(top);
    if (shown === undefined) {
      const visible = this.#column.filter(
        (one) =>
          one.ref.layer <= top &&
          this.#tree.shows(one.ref.path, one.ref.layer, top) &&
          this.#places.isLive(one, top),
      );
      shown = liveDatabases(visible, this.#column);
      this.#shown.set(top, shown);
    }
    return shown;
  }

  #keysOf(one: PlacedFact): ReadonlySet<string> {
    let keys = this.#keys.get(one);
    if (keys === undefined) this.#keys.set(one, (keys = new Set(one.fact.packages?.map(recordKey))));
    return keys;
  }
}

function columnKey(one: PlacedFact): string {
  return isDatabase(one) ? one.ref.cataloger : `${one.ref.cataloger}\0${one.ref.path}`;
}
