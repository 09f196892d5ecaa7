import type { LayerBuild } from './composition.ts';
import type { ProductBuild } from './facts.ts';
import type { PlacedFact } from './placed-fact.ts';

/** Several files of a layer may tell of its build. More than this is no image's. */
const MOST_CONTENT_SETS = 20_000;

/**
 * The builds of an image's layers, base first. A file that a later build wrote over counts all the same: it speaks of the
 * layer that it is in, not of the image.
 */
export function buildsOf(facts: readonly PlacedFact[]): LayerBuild[] {
  const builds = new Map<number, ProductBuild>();
  for (const { ref, fact } of facts) {
    if (fact.build === undefined) continue;
    const known = builds.get(ref.layer);
    builds.set(ref.layer, known === undefined ? fact.build : joined(known, fact.build));
  }
  let room = MOST_CONTENT_SETS;
  return [...builds].flatMap(([layer, build]) => {
    room -= build.contentSets?.length ?? 0;
    return room < 0 ? [] : [{ layer, ...build }];
  });
}

/** What the first says of itself counts; repositories of both. */
function joined(first: ProductBuild, second: ProductBuild): ProductBuild {
  const contentSets = [...new Set([...(first.contentSets ?? []), ...(second.contentSets ?? [])])];
  return { ...second, ...first, ...(contentSets.length > 0 && { contentSets }) };
}
