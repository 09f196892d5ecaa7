import type { Composition, FactRef, Package, PackageLocation } from './composition.ts';
import type { Fact, PackageFlag, PackageRecord } from './facts.ts';
import { licenseReader } from './licenses/declared.ts';
import { purlOf } from './purl.ts';

/** Gives the facts that one cataloger said of one layer (0 is the base). */
export type FactsOf = (layer: number, cataloger: string) => readonly Fact[];

/** Tells one package of a fact from another, whatever image it is in. */
export function recordKey(record: PackageRecord): string {
  const { type, namespace = '', name, epoch = '', version, architecture = '', sha1, qualifiers } = record;
  let key = `${type}/${namespace}/${name}@${epoch}:${version}/${architecture}`;
  if (sha1 !== undefined) key += `/${sha1}`;
  for (const qualifier of Object.keys(qualifiers ?? {}).sort())
    key += `&${qualifier}=${qualifiers?.[qualifier] ?? ''}`;
  return key;
}

/** Text form of a reference, for sets and maps. */
function refKey(ref: FactRef): string {
  return `${ref.layer}\0${ref.cataloger}\0${ref.path}`;
}

/**
 * The packages of an image: one per purl, each with every place it was found, in order of purl.
 * Facts that the composition names but `factsOf` lacks count as empty.
 */
export function packagesOf(composition: Composition, factsOf: FactsOf): Package[] {
  const lookup = factLookup(factsOf);
  const owned = new Set(composition.owned.map(refKey));
  const origins = new Map(
    composition.introduced.map((origin) => [`${refKey(origin.ref)}\0${origin.package}`, origin.layer]),
  );
  const superseded = new Set(composition.superseded?.map((one) => `${refKey(one.ref)}\0${one.package}`));
  const documented = new Map(
    composition.licenses?.map(({ type, name, licenses }) => [`${type}\0${name}`, licenses]),
  );
  const expressionOf = licenseReader();
  const found = new Map<string, { record: PackageRecord; locations: PackageLocation[] }>();

  function add(ref: FactRef, flag?: PackageFlag): void {
    for (const { inside, ...record } of lookup(ref)?.packages ?? []) {
      const key = `${refKey(ref)}\0${recordKey(record)}`;
      if (superseded.has(key)) continue;
      const purl = purlOf(record, composition.release);
      const introducedBy = origins.get(key) ?? ref.layer;
      const location = {
        path: ref.path,
        layer: ref.layer,
        introducedBy,
        cataloger: ref.cataloger,
        ...(inside !== undefined && { inside }),
      };
      const known = found.get(purl);
      if (known === undefined)
        found.set(purl, { record: licensed(flagged(record, flag)), locations: [location] });
      else if (flag === undefined) known.locations.push(location);
    }
  }

  function licensed(record: PackageRecord): PackageRecord {
    const licenses = record.licenses ?? documented.get(`${record.type}\0${record.name}`);
    return licenses === undefined ? record : { ...record, licenses };
  }

  for (const ref of composition.visible) if (!owned.has(refKey(ref))) add(ref);
  for (const { ref } of composition.deletedDatabases) add(ref, 'database-deleted');
  return [...found]
    .map(([purl, { record, locations }]) => {
      const licenseExpression = expressionOf(record);
      return { ...record, purl, ...(licenseExpression !== undefined && { licenseExpression }), locations };
    })
    .sort((a, b) => (a.purl < b.purl ? -1 : 1));
}

function flagged(record: PackageRecord, flag: PackageFlag | undefined): PackageRecord {
  return flag === undefined ? record : { ...record, flags: [...(record.flags ?? []), flag] };
}

/** Finds a fact by its reference; builds one map per layer and cataloger, on first use. */
export function factLookup(factsOf: FactsOf): (ref: FactRef) => Fact | undefined {
  const maps = new Map<string, Map<string, Fact>>();
  return (ref) => {
    const key = `${ref.layer}\0${ref.cataloger}`;
    let byPath = maps.get(key);
    if (byPath === undefined) {
      byPath = new Map(factsOf(ref.layer, ref.cataloger).map((fact) => [fact.path, fact]));
      maps.set(key, byPath);
    }
    return byPath.get(ref.path);
  };
}
