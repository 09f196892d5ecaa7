import { buildsOf } from './builds.ts';
import type { Composition } from './composition.ts';
import { documentedLicenses } from './documented-licenses.ts';
import type { CatalogerFacts, OsRelease } from './facts.ts';
import { introductions } from './introduction.ts';
import { supersededPackages } from './journals.ts';
import type { LayerIndex } from './layer.ts';
import { MergedTree } from './merged-tree.ts';
import { ownedRefs } from './ownership.ts';
import { DatabasePlaces } from './database-places.ts';
import { deletedDatabases, liveDatabases } from './package-databases.ts';
import { cachedFacts } from './package-caches.ts';
import type { PlacedFact } from './placed-fact.ts';
import { RELEASE_PLACES } from './release-places.ts';

/** One layer as merging needs it. `facts` with their claims. */
export interface MergeLayer {
  readonly index: LayerIndex;
  readonly facts: readonly CatalogerFacts[];
}

/**
 * Merges an image's layers, base first, as overlayfs would: a fact counts if nothing above hides its path.
 * Throws a RangeError when the layers hold more evidence than can be merged, which only hostile ones do.
 */
export function compose(layers: readonly MergeLayer[]): Composition {
  const indexes = layers.map((layer) => layer.index);
  const facts = placedFacts(layers);
  const tree = new MergedTree(
    indexes,
    facts.map(({ ref }) => ref.path),
  );
  const places = new DatabasePlaces(tree);
  const shown = facts.filter((one) => tree.shows(one.ref.path, one.ref.layer) && places.isLive(one));
  const cached = cachedFacts(shown, indexes);
  const visible = liveDatabases(
    shown.filter((one) => !cached.has(one)),
    facts,
  );
  const deleted = deletedDatabases(facts, visible, tree, places);
  const lost = new Set(deleted.map(({ ref }) => ref));
  const reported = [...visible, ...facts.filter(({ ref }) => lost.has(ref))];
  const builds = buildsOf(facts);
  const superseded = supersededPackages(visible);
  return {
    diffIds: indexes.map((index) => index.diffId),
    ...releaseOf(visible),
    visible: visible.map((one) => one.ref),
    owned: ownedRefs(visible, tree),
    ...(superseded.length > 0 && { superseded }),
    introduced: introductions(reported, facts, tree, places),
    deletedDatabases: deleted,
    ...licensesOf(reported, tree),
    ...(builds.length > 0 && { builds }),
    opaqueBlind: indexes.some((index) => index.opaqueBlind),
  };
}

function licensesOf(reported: readonly PlacedFact[], tree: MergedTree): Pick<Composition, 'licenses'> {
  const licenses = documentedLicenses(reported, tree);
  return licenses.length === 0 ? {} : { licenses };
}

function placedFacts(layers: readonly MergeLayer[]): PlacedFact[] {
  return layers.flatMap((layer, at) =>
    layer.facts.flatMap(({ cataloger, facts }) =>
      facts.map((fact) => ({ ref: { layer: at, cataloger, path: fact.path }, fact })),
    ),
  );
}

/** Of what the image says in several places, the first place's word. */
function releaseOf(visible: readonly PlacedFact[]): { release?: OsRelease } {
  const releases = new Map(
    visible.flatMap(({ ref, fact }) => (fact.release ? [[ref.path, fact.release]] : [])),
  );
  const path = RELEASE_PLACES.find((place) => releases.has(place));
  const release = path === undefined ? undefined : releases.get(path);
  return release === undefined ? {} : { release };
}
