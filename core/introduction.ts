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
  const { layer } = one.ref;
  return (one.fact.packages ?? []).flatMap((record) => {
    const key = recordKey(record);
    const origin = view.origin(key, layer);
    return origin === layer ? [] : [{ ref: one.ref, package: key, layer: origin }];
  });
}

/** What the layers up to any one of them show in one place. */
class ColumnView {
  readonly #column: Column;
  readonly #tree: MergedTree;
  readonly #places: DatabasePlaces;
  readonly #shown = new Map<number, ReadonlySet<PlacedFact>>();
  /** Evidence by what it tells of, base first. */
  readonly #telling = new Map<string, PlacedFact[]>();
  /** Evidence in many files may tell of one package over and over. */
  readonly #origins = new Map<string, number>();

  constructor(column: Column, tree: MergedTree, places: DatabasePlaces) {
    this.#column = column;
    this.#tree = tree;
    this.#places = places;
    for (const one of column) for (const record of one.fact.packages ?? []) this.#add(recordKey(record), one);
  }

  /** The lowest layer of the contiguous presence of a package that is there after `layer`. */
  origin(key: string, layer: number): number {
    const place = `${layer}\0${key}`;
    let origin = this.#origins.get(place);
    if (origin !== undefined) return origin;
    origin = layer;
    for (
      let lower = this.#holder(key, origin - 1);
      lower !== undefined;
      lower = this.#holder(key, origin - 1)
    )
      origin = lower;
    this.#origins.set(place, origin);
    return origin;
  }

  /** The layer of the evidence that shows a package to be there after layer `top`; undefined when it is not there. */
  #holder(key: string, top: number): number | undefined {
    const shown = this.#shownUpTo(top);
    return this.#telling.get(key)?.find((one) => shown.has(one))?.ref.layer;
  }

  #shownUpTo(top: number): ReadonlySet<PlacedFact> {
    let shown = this.#shown.get(top);
    if (shown === undefined) {
      const visible = this.#column.filter(
        (one) =>
          one.ref.layer <= top &&
          this.#tree.shows(one.ref.path, one.ref.layer, top) &&
          this.#places.isLive(one, top),
      );
      shown = new Set(liveDatabases(visible, this.#column));
      this.#shown.set(top, shown);
    }
    return shown;
  }

  #add(key: string, one: PlacedFact): void {
    const telling = this.#telling.get(key);
    if (telling === undefined) this.#telling.set(key, [one]);
    else if (telling.at(-1) !== one) telling.push(one);
  }
}

function columnKey(one: PlacedFact): string {
  return isDatabase(one) ? one.ref.cataloger : `${one.ref.cataloger}\0${one.ref.path}`;
}
