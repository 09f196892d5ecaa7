import type { Composition, PackageOrigin } from './composition.ts';
import type { CatalogerFacts, OsRelease } from './facts.ts';
import type { LayerIndex } from './layer.ts';
import { hiddenBy, hidesBelow, marksOf, realPath, type Marks } from './layer-marks.ts';
import { recordKey } from './merge.ts';
import { ownedRefs } from './ownership.ts';
import { deletedDatabases, liveDatabases } from './package-databases.ts';
import { ancestors } from './paths.ts';
import type { PlacedFact } from './placed-fact.ts';

/** One layer as merging needs it. `facts` with their claims. */
export interface MergeLayer {
  readonly index: LayerIndex;
  readonly facts: readonly CatalogerFacts[];
}

/**
 * Merges an image's layers, base first, as overlayfs would: walks from the top and lets a fact count
 * if nothing above hides its path (same path, whiteout, opaque ancestor, non-directory over directory).
 * Sources: OCI image-spec layer.md; Linux Documentation/filesystems/overlayfs.rst.
 */
export function compose(layers: readonly MergeLayer[]): Composition {
  const indexes = layers.map((layer) => layer.index);
  const { placed, marks } = place(layers, indexes);
  const columns = columnsOf(placed);
  const shown = placed.filter((one) => isVisible(one, marks));
  const visible = liveDatabases(shown);
  return {
    diffIds: indexes.map((index) => index.diffId),
    ...releaseOf(visible),
    visible: visible.map((one) => one.ref),
    owned: ownedRefs(visible, marks),
    introduced: visible.flatMap((one) => originsOf(one, columns, marks)),
    deletedDatabases: deletedDatabases(placed, visible, marks),
    opaqueBlind: indexes.some((index) => index.opaqueBlind),
  };
}

function place(
  layers: readonly MergeLayer[],
  indexes: readonly LayerIndex[],
): { placed: PlacedFact[]; marks: Marks[] } {
  const raw = layers.flatMap((layer, at) =>
    layer.facts.flatMap(({ cataloger, facts }) =>
      facts.map((fact) => ({ ref: { layer: at, cataloger, path: fact.path }, fact, path: fact.path })),
    ),
  );
  const paths = new Set(raw.map((one) => one.path));
  for (const { fact } of raw) for (const claim of fact.claims ?? []) addFirstSegments(paths, claim.files);
  let marks = marksOf(indexes, paths);
  // A tar names files through links of lower layers; where those lead must be in question too.
  const placed = raw.map((one) => ({
    ...one,
    path: realPath(marks, one.ref.layer - 1, one.path, marks[one.ref.layer]),
  }));
  const moved = placed.filter((one) => one.path !== one.ref.path);
  if (moved.length > 0) {
    for (const one of moved) paths.add(one.path);
    marks = marksOf(indexes, paths);
    for (const one of moved) marks[one.ref.layer]?.set(one.path, { kind: 'file' });
  }
  return { placed, marks };
}

/** Top-level links such as `lib -> usr/lib` decide whether a claimed file is a found one. */
function addFirstSegments(paths: Set<string>, files: readonly string[]): void {
  for (const file of files) {
    const end = file.indexOf('/');
    if (end > 0) paths.add(file.slice(0, end));
  }
}

function isVisible(one: PlacedFact, marks: readonly Marks[]): boolean {
  for (let layer = marks.length - 1; layer > one.ref.layer; layer -= 1) {
    if (hiddenBy(marks[layer], one.path) !== undefined) return false;
  }
  return true;
}

/** All versions of a candidate, by cataloger and place, base first. */
function columnsOf(placed: readonly PlacedFact[]): Map<string, PlacedFact[]> {
  const columns = new Map<string, PlacedFact[]>();
  for (const one of placed) {
    const key = columnKey(one);
    const column = columns.get(key);
    if (column === undefined) columns.set(key, [one]);
    else column.push(one);
  }
  return columns;
}

function columnKey(one: PlacedFact): string {
  return `${one.ref.cataloger}\0${one.path}`;
}

/** Follows each package of a fact down through the versions of its file for as long as it is there without a gap. */
function originsOf(
  one: PlacedFact,
  columns: Map<string, PlacedFact[]>,
  marks: readonly Marks[],
): PackageOrigin[] {
  const origin = new Map((one.fact.packages ?? []).map((record) => [recordKey(record), one.ref.layer]));
  const still = new Set(origin.keys());
  let upper = one;
  for (const lower of (columns.get(columnKey(one)) ?? []).toReversed()) {
    if (lower.ref.layer >= upper.ref.layer) continue;
    if (still.size === 0 || deletedBetween(lower, upper, marks)) break;
    const present = new Set((lower.fact.packages ?? []).map(recordKey));
    for (const key of still) {
      if (present.has(key)) origin.set(key, lower.ref.layer);
      else still.delete(key);
    }
    upper = lower;
  }
  return [...origin]
    .filter(([, layer]) => layer !== one.ref.layer)
    .map(([key, layer]) => ({ ref: one.ref, package: key, layer }));
}

function deletedBetween(lower: PlacedFact, upper: PlacedFact, marks: readonly Marks[]): boolean {
  for (let layer = upper.ref.layer; layer > lower.ref.layer; layer -= 1) {
    for (const ancestor of ancestors(upper.path)) {
      const mark = marks[layer]?.get(ancestor);
      if (mark !== undefined && hidesBelow(mark.kind)) return true;
    }
    if (layer !== upper.ref.layer && marks[layer]?.has(upper.path)) return true;
  }
  return false;
}

/** os-release(5): /etc/os-release comes before /usr/lib/os-release. */
function releaseOf(visible: readonly PlacedFact[]): { release?: OsRelease } {
  const releases = visible.filter((one) => one.fact.release !== undefined);
  const chosen = releases.find((one) => one.path.startsWith('etc/')) ?? releases[0];
  return chosen?.fact.release === undefined ? {} : { release: chosen.fact.release };
}
