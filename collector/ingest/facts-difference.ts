import { canonicalJson } from '../../core/canonical-json.ts';
import type { CatalogerFacts, Fact } from '../../core/facts.ts';
import type { FactsDifference, SuppliedFacts } from './ingest-store.ts';

/** Characters kept of each side of a difference. */
const SHOWN = 1000;
const DIGITS = 8;

/** Is this layer one that two nodes read? The same ones everywhere: those whose digest, read as a fraction, is below the share. */
export function isSampled(diffId: string, share: number): boolean {
  return Number.parseInt(diffId.slice(-DIGITS), 16) / 16 ** DIGITS < share;
}

/**
 * The first thing in which facts of a layer differ from those stored, by cataloger and path; undefined when they are
 * alike. Compared is what the store keeps. Sentences about an error or a cut are not: they may name the node's own paths.
 */
export function firstDifference(
  supplied: readonly SuppliedFacts[],
  computed: readonly CatalogerFacts[],
): FactsDifference | undefined {
  const theirs = new Map(computed.map((one) => [one.cataloger, one]));
  for (const { node, facts } of supplied) {
    const { cataloger, version } = facts;
    const found = differenceOf(facts.facts, theirs.get(cataloger)?.facts ?? []);
    if (found !== undefined) return { cataloger, version, suppliedBy: node, ...found };
    theirs.delete(cataloger);
  }
  // Only a store that lost some has fewer catalogers than the set they are stored for.
  const [extra] = theirs.values();
  if (extra === undefined) return undefined;
  const { cataloger, version, facts } = extra;
  const sides = { path: facts[0]?.path ?? '', stored: '', computed: 'the cataloger' };
  return { cataloger, version, suppliedBy: supplied[0]?.node ?? '', ...sides };
}

function differenceOf(
  stored: readonly Fact[],
  computed: readonly Fact[],
): Pick<FactsDifference, 'path' | 'stored' | 'computed'> | undefined {
  const ours = new Map(stored.map((fact) => [fact.path, comparable(fact)]));
  const theirs = new Map(computed.map((fact) => [fact.path, comparable(fact)]));
  for (const path of [...new Set([...ours.keys(), ...theirs.keys()])].sort(byCodeUnits)) {
    const [one, other] = [ours.get(path) ?? '', theirs.get(path) ?? ''];
    if (one !== other) return { path, ...shown(one, other) };
  }
  return undefined;
}

function comparable({ status, packages, release, truncated }: Fact): string {
  return canonicalJson({ status, packages: packages ?? [], release, truncated: truncated !== undefined });
}

/** Both sides from a little before they part, since they may be long. */
function shown(one: string, other: string): { readonly stored: string; readonly computed: string } {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  const from = Math.max(0, at - SHOWN / 4);
  return { stored: one.slice(from, from + SHOWN), computed: other.slice(from, from + SHOWN) };
}

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
