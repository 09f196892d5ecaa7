import { setImmediate as nextTurn } from 'node:timers/promises';
import { zstdCompressSync } from 'node:zlib';
import type { Composition, Package } from '../../../core/composition.ts';
import type { Fact } from '../../../core/facts.ts';
import { packagesOf } from '../../../core/merge.ts';
import type { ContentLease, ContentRef, PutResult } from '../../ingest/ingest-store.ts';
import { searchRow, type SearchRow } from '../package-search.ts';
import { writeLocations } from '../rows/locations.ts';
import { writeRecord, type WrittenRecord } from '../rows/record.ts';
import { StoreError } from '../store-error.ts';
import { whole } from '../whole.ts';
import type { Database } from './database.ts';
import { adoptComposition } from './image-rows.ts';
import { ensureCatalogerSet, ensureLayer, foundFacts, layerSet, type LayerSet } from './layer-facts-rows.ts';
import { endLease } from './lease-rows.ts';
import { ensureWritten } from './record-rows.ts';
import { keepUnused } from './unused-content.ts';
import { errorMessage } from '../../../platform/error-message.ts';

/** See `IngestStore.lacking`. */
export function lacking(database: Database, refs: readonly ContentRef[]): ContentRef[] {
  return refs.filter((ref) =>
    ref.kind === 'layer-facts'
      ? layerSet(database, ref.key, ref.catalogerSet) === undefined
      : !hasComposition(database, ref.key),
  );
}

/** Packages that are written out in one turn: a few milliseconds. */
const PACKAGES_A_TURN = 200;

/** A package as its rows have it. */
interface WrittenPackage {
  readonly search: SearchRow;
  readonly record: WrittenRecord;
  readonly locations: string;
}

/** See `IngestStore.putComposition`. Merging, writing out and storing take about as long, so each has turns of its own. */
export async function putComposition(
  database: Database,
  ref: ContentRef,
  composition: Composition,
  at: number,
  lease: ContentLease | undefined,
): Promise<PutResult> {
  const layers = (): (LayerSet | undefined)[] =>
    composition.diffIds.map((diffId) => layerSet(database, diffId, ref.catalogerSet));
  /** What there is to say without storing anything, as things stand at this moment. */
  function answer(): PutResult | undefined {
    if (hasComposition(database, ref.key)) {
      keepUnused(database, ref);
      if (lease !== undefined) endLease(database, ref, lease);
      return { stored: true };
    }
    const found = layers();
    const missing = composition.diffIds.filter((_, at) => found[at] === undefined);
    return missing.length > 0 ? { stored: false, why: 'layers', missing: [...new Set(missing)] } : undefined;
  }
  const early = answer();
  if (early !== undefined) return early;
  const packages = mergedPackages(database, ref, composition, layers());
  const document = zstdCompressSync(JSON.stringify(composition));
  const written = await writePackages(packages);
  await nextTurn();
  return database.transaction(() => {
    // Others may have stored or pruned it meanwhile.
    const late = answer();
    if (late !== undefined) return late;
    if (lease !== undefined && !endLease(database, ref, lease)) return { stored: false, why: 'lease' };
    const other = { packageCount: packages.length, document, at };
    const id = insertComposition(database, ref, composition, other);
    for (const one of written) insertPackage(database, id, one);
    adoptComposition(database, ref.key);
    return { stored: true };
  });
}

export function hasComposition(database: Database, key: string): boolean {
  return database.get('SELECT 1 FROM compositions WHERE key = ?', key) !== undefined;
}

function mergedPackages(
  database: Database,
  ref: ContentRef,
  composition: Composition,
  layers: readonly (LayerSet | undefined)[],
): Package[] {
  function factsOf(at: number, cataloger: string): readonly Fact[] {
    const layer = layers[at];
    return layer === undefined ? [] : foundFacts(database, layer, cataloger);
  }
  try {
    return packagesOf(composition, factsOf);
  } catch (error) {
    const why = errorMessage(error);
    throw new StoreError('invalid', `composition ${ref.key} gives no packages: ${why}`, error);
  }
}

function insertComposition(
  database: Database,
  ref: ContentRef,
  composition: Composition,
  other: { readonly packageCount: number; readonly document: Uint8Array; readonly at: number },
): number {
  const id = database.insert(
    `INSERT INTO compositions (key, cataloger_set, diff_ids, release, builds, opaque_blind, package_count, document,
       stored_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ref.key,
    ensureCatalogerSet(database, ref.catalogerSet),
    JSON.stringify(composition.diffIds),
    composition.release === undefined ? null : JSON.stringify(composition.release),
    composition.builds === undefined ? null : JSON.stringify(composition.builds),
    Number(composition.opaqueBlind),
    other.packageCount,
    other.document,
    whole(other.at),
  );
  for (const [position, diffId] of composition.diffIds.entries()) {
    database.run(
      'INSERT INTO composition_layers (composition, position, layer) VALUES (?, ?, ?)',
      id,
      position,
      ensureLayer(database, diffId),
    );
  }
  return id;
}

async function writePackages(packages: readonly Package[]): Promise<WrittenPackage[]> {
  const written: WrittenPackage[] = [];
  for (const [at, { purl, locations, ...record }] of packages.entries()) {
    if (at % PACKAGES_A_TURN === 0) await nextTurn();
    const search = searchRow(purl, record);
    written.push({ search, record: writeRecord(record), locations: writeLocations(locations) });
  }
  return written;
}

function insertPackage(
  database: Database,
  composition: number,
  { search, record, locations }: WrittenPackage,
): void {
  database.run(
    'INSERT INTO composition_packages (composition, package, locations) VALUES (?, ?, ?)',
    composition,
    ensurePackage(database, search, ensureWritten(database, record)),
    locations,
  );
}

function ensurePackage(database: Database, row: SearchRow, record: number): number {
  const known = database.get<{ id: number }>(
    'SELECT id FROM packages WHERE purl = ? AND record = ?',
    row.purl,
    record,
  );
  if (known !== undefined) return known.id;
  return database.insert(
    `INSERT INTO packages (purl, record, type, version, search_name, source_name, source_version)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    row.purl,
    record,
    row.type,
    row.version,
    row.searchName,
    row.sourceName ?? null,
    row.sourceVersion ?? null,
  );
}
