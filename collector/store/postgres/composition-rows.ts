import { zstdCompressSync } from 'node:zlib';
import type { Composition, Package, PackageLocation } from '../../../core/composition.ts';
import type { PackageRecord } from '../../../core/facts.ts';
import { packagesOf } from '../../../core/merge.ts';
import { errorMessage } from '../../../platform/error-message.ts';
import type { ContentLease, ContentRef, PutResult } from '../../ingest/ingest-store.ts';
import { searchRow, type SearchRow } from '../package-search.ts';
import { writeLocations } from '../rows/locations.ts';
import { sha256Text } from '../sha256-text.ts';
import { StoreError } from '../store-error.ts';
import { whole } from '../whole.ts';
import type { Database, Statements } from './database.ts';
import { adoptCompositions } from './image-rows.ts';
import {
  ensureCatalogerSet,
  ensureLayers,
  foundFacts,
  layerSets,
  type LayerSet,
} from './layer-facts-rows.ts';
import { endLease } from './lease-rows.ts';
import { LOCK_COMPOSITIONS, SHARE_GATE } from './locks.ts';
import { ensureRecords } from './record-rows.ts';
import { keepUnused } from './unused-content.ts';
import { byteText, list, rows } from './values.ts';

/** Longest name or purl of a package that an index holds, bytes: two of them fit into a third of a page. */
const SEARCHABLE_BYTES = 1000;

/** See `IngestStore.putComposition`. */
export async function putComposition(
  database: Database,
  ref: ContentRef,
  composition: Composition,
  at: number,
  lease: ContentLease | undefined,
): Promise<PutResult> {
  const { diffIds } = composition;
  const read = await layerSets(database, diffIds, ref.catalogerSet);
  const isRead = diffIds.every((diffId) => read.has(diffId));
  const packages = isRead ? await mergedPackages(database, ref, composition, read) : [];
  const compressed = zstdCompressSync(JSON.stringify(composition));
  return database.transaction(async (statements) => {
    await statements.run(`SELECT ${SHARE_GATE}`);
    if ((await statements.get('SELECT 1 FROM compositions WHERE key = $1', ref.key)) !== undefined) {
      await keepUnused(statements, [ref]);
      if (lease !== undefined) await endLease(statements, ref, lease);
      return { stored: true };
    }
    // Others may have pruned some while they were read; from here on they cannot.
    const held = await layerSets(statements, diffIds, ref.catalogerSet);
    const missing = diffIds.filter((diffId) => {
      const layer = held.get(diffId)?.layer;
      return layer === undefined || layer !== read.get(diffId)?.layer;
    });
    if (missing.length > 0) return { stored: false, why: 'layers', missing: [...new Set(missing)] };
    if (lease !== undefined && !(await endLease(statements, ref, lease))) {
      return { stored: false, why: 'lease' };
    }
    await statements.run(LOCK_COMPOSITIONS, list([ref.key]));
    const id = await insertComposition(statements, ref, composition, {
      at,
      packageCount: packages.length,
      compressed,
    });
    if (id === undefined) return { stored: true };
    await insertPackages(statements, id, packages);
    await adoptCompositions(statements, [ref.key]);
    return { stored: true };
  });
}

async function mergedPackages(
  statements: Statements,
  ref: ContentRef,
  composition: Composition,
  layers: ReadonlyMap<string, LayerSet>,
): Promise<Package[]> {
  const found = await foundFacts(statements, [...layers.values()]);
  try {
    return packagesOf(composition, (at, cataloger) => {
      const layer = layers.get(composition.diffIds[at] ?? '');
      return layer === undefined ? [] : found(layer, cataloger);
    });
  } catch (error) {
    const why = errorMessage(error);
    throw new StoreError('invalid', `composition ${ref.key} gives no packages: ${why}`, error);
  }
}

/** Row id of a composition; undefined when another transaction stored it first. */
async function insertComposition(
  statements: Statements,
  ref: ContentRef,
  composition: Composition,
  other: { readonly at: number; readonly packageCount: number; readonly compressed: Uint8Array },
): Promise<number | undefined> {
  const set = await ensureCatalogerSet(statements, ref.catalogerSet);
  const layers = await ensureLayers(statements, composition.diffIds);
  const row = await statements.get<{ id: number }>(
    `INSERT INTO compositions (key, cataloger_set, diff_ids, release, builds, opaque_blind, package_count, document,
       stored_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (key) DO NOTHING RETURNING id`,
    ref.key,
    set,
    JSON.stringify(composition.diffIds),
    composition.release === undefined ? null : JSON.stringify(composition.release),
    composition.builds === undefined ? null : JSON.stringify(composition.builds),
    Number(composition.opaqueBlind),
    other.packageCount,
    other.compressed,
    whole(other.at),
  );
  if (row === undefined) return undefined;
  await statements.run(
    `INSERT INTO composition_layers (composition, position, layer)
     SELECT $1, * FROM json_to_recordset($2::json) AS r (position integer, layer bigint)`,
    row.id,
    rows(composition.diffIds.map((diffId, position) => ({ position, layer: layers.get(diffId) ?? null }))),
  );
  return row.id;
}

interface SplitPackage {
  readonly purl: string;
  readonly record: PackageRecord;
  readonly locations: readonly PackageLocation[];
}

async function insertPackages(
  statements: Statements,
  composition: number,
  packages: readonly Package[],
): Promise<void> {
  const split: SplitPackage[] = packages.map(({ purl, locations, ...record }) => ({
    purl,
    locations,
    record,
  }));
  const digests = await ensureRecords(
    statements,
    split.map(({ record }) => record),
  );
  await statements.run(
    `INSERT INTO packages (digest, record, purl, type, version, search_name, source_name, source_version, searchable)
     SELECT p.digest, r.id, p.purl, p.type, p.version, p.search_name, p.source_name, p.source_version, p.searchable
     FROM json_to_recordset($1::json) AS p (digest bytea, record bytea, purl text, type text, version text,
         search_name text, source_name text, source_version text, searchable integer)
       JOIN records r ON r.digest = p.record ORDER BY r.id, p.digest
     ON CONFLICT (record, digest) DO NOTHING`,
    rows(split.map((one, at) => packageColumns(searchRow(one.purl, one.record), digests[at] ?? ''))),
  );
  await statements.run(
    `INSERT INTO composition_packages (composition, package, locations)
     SELECT $1, p.id, l.locations
     FROM json_to_recordset($2::json) AS l (digest bytea, record bytea, locations text)
       JOIN records r ON r.digest = l.record JOIN packages p ON p.record = r.id AND p.digest = l.digest`,
    composition,
    rows(
      split.map(({ purl, locations }, at) => ({
        digest: byteText(sha256Text(purl)),
        record: digests[at] ?? null,
        locations: writeLocations(locations),
      })),
    ),
  );
}

/** Do a package's purl and names fit into an index? */
export function isSearchable(names: readonly string[]): boolean {
  return names.every((name) => Buffer.byteLength(name) <= SEARCHABLE_BYTES);
}

function packageColumns(row: SearchRow, record: string) {
  const names = [row.purl, row.searchName, row.sourceName ?? ''];
  return {
    digest: byteText(sha256Text(row.purl)),
    record,
    purl: row.purl,
    type: row.type,
    version: row.version,
    search_name: row.searchName,
    source_name: row.sourceName ?? null,
    source_version: row.sourceVersion ?? null,
    searchable: Number(isSearchable(names)),
  };
}
