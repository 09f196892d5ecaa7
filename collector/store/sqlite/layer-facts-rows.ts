import type { CatalogerFacts, Fact, OsRelease } from '../../../core/facts.ts';
import type { ContentLease, ContentRef, PutResult, SuppliedFacts } from '../../ingest/ingest-store.ts';
import { StoreError } from '../store-error.ts';
import { whole } from '../whole.ts';
import type { Database } from './database.ts';
import { endLease } from './lease-rows.ts';
import { readRecord } from '../rows/record.ts';
import { ensureRecord } from './record-rows.ts';
import { keepUnused } from './unused-content.ts';

interface FactRow {
  readonly id: number;
  readonly path: string;
  readonly status: Fact['status'];
  readonly message: string | null;
  readonly truncated: string | null;
  readonly release: string | null;
}

/** Row ids of a layer and a set of catalogers that have met: the layer's facts are stored. */
export interface LayerSet {
  readonly layer: number;
  readonly set: number;
}

export function layerSet(database: Database, diffId: string, catalogerSet: string): LayerSet | undefined {
  return database.get<LayerSet>(
    `SELECT ls.layer, ls.cataloger_set AS "set" FROM layers l
       JOIN layer_sets ls ON ls.layer = l.id JOIN cataloger_sets s ON s.id = ls.cataloger_set
     WHERE l.diff_id = ? AND s.digest = ?`,
    diffId,
    catalogerSet,
  );
}

/** See `IngestStore.putLayerFacts`. */
export function putLayerFacts(
  database: Database,
  ref: ContentRef,
  catalogers: readonly CatalogerFacts[],
  at: number,
  lease: ContentLease | undefined,
): PutResult {
  if (catalogers.some((one) => one.diffId !== ref.key)) {
    throw new StoreError('invalid', `facts of another layer came as those of ${ref.key}; nothing was stored`);
  }
  keepUnused(database, ref);
  if (layerSet(database, ref.key, ref.catalogerSet) !== undefined) {
    if (lease !== undefined) endLease(database, ref, lease);
    return { stored: true };
  }
  return database.transaction(() => {
    if (lease !== undefined && !endLease(database, ref, lease)) return { stored: false, why: 'lease' };
    const layer = ensureLayer(database, ref.key);
    const set = ensureCatalogerSet(database, ref.catalogerSet);
    database.run(
      'INSERT INTO layer_sets (layer, cataloger_set, stored_at) VALUES (?, ?, ?)',
      layer,
      set,
      whole(at),
    );
    for (const one of catalogers) {
      database.run(
        'INSERT OR IGNORE INTO layer_set_readings (layer, cataloger_set, reading) VALUES (?, ?, ?)',
        layer,
        set,
        ensureReading(database, layer, one, lease?.node ?? ''),
      );
    }
    return { stored: true };
  });
}

/** The facts that one cataloger of a set found in a layer, with their packages; no others, and nothing else of them. */
export function foundFacts(database: Database, { layer, set }: LayerSet, cataloger: string): Fact[] {
  const rows = database.iterate<{ path: string; record: string }>(
    `SELECT f.path, r.record FROM layer_set_readings sr JOIN readings g ON g.id = sr.reading
       JOIN facts f ON f.reading = g.id JOIN fact_packages p ON p.fact = f.id JOIN records r ON r.id = p.record
     WHERE sr.layer = ? AND sr.cataloger_set = ? AND g.cataloger = ? ORDER BY f.id, p.position`,
    layer,
    set,
    cataloger,
  );
  const byPath = Map.groupBy(rows, (row) => row.path);
  return Array.from(byPath, ([path, found]) => ({
    path,
    status: 'found',
    packages: found.map(({ record }) => readRecord(record)),
  }));
}

/** See `IngestStore.suppliedFacts`. */
export function suppliedFacts(database: Database, ref: ContentRef): SuppliedFacts[] | undefined {
  const found = layerSet(database, ref.key, ref.catalogerSet);
  if (found === undefined) return undefined;
  const rows = database.all<{ id: number; cataloger: string; version: number; node: string }>(
    `SELECT g.id, g.cataloger, g.version, g.node FROM layer_set_readings sr JOIN readings g ON g.id = sr.reading
     WHERE sr.layer = ? AND sr.cataloger_set = ? ORDER BY g.cataloger`,
    found.layer,
    found.set,
  );
  return rows.map(({ id, cataloger, version, node }) => ({
    node,
    facts: { diffId: ref.key, cataloger, version, facts: readFacts(database, id) },
  }));
}

/** Did this node supply some of a layer's facts? */
export function suppliedBy(database: Database, { layer, set }: LayerSet, node: string): boolean {
  const reading = database.get(
    `SELECT 1 FROM layer_set_readings sr JOIN readings g ON g.id = sr.reading
     WHERE sr.layer = ? AND sr.cataloger_set = ? AND g.node = ?`,
    layer,
    set,
    node,
  );
  return reading !== undefined;
}

export function ensureLayer(database: Database, diffId: string): number {
  const known = database.get<{ id: number }>('SELECT id FROM layers WHERE diff_id = ?', diffId);
  return known?.id ?? database.insert('INSERT INTO layers (diff_id) VALUES (?)', diffId);
}

export function ensureCatalogerSet(database: Database, digest: string): number {
  const known = database.get<{ id: number }>('SELECT id FROM cataloger_sets WHERE digest = ?', digest);
  return known?.id ?? database.insert('INSERT INTO cataloger_sets (digest) VALUES (?)', digest);
}

function ensureReading(
  database: Database,
  layer: number,
  { cataloger, version, facts }: CatalogerFacts,
  node: string,
): number {
  const known = database.get<{ id: number }>(
    'SELECT id FROM readings WHERE layer = ? AND cataloger = ? AND version = ?',
    layer,
    cataloger,
    whole(version),
  );
  if (known !== undefined) return known.id;
  const reading = database.insert(
    'INSERT INTO readings (layer, cataloger, version, node) VALUES (?, ?, ?, ?)',
    layer,
    cataloger,
    whole(version),
    node,
  );
  for (const fact of new Map(facts.map((one) => [one.path, one])).values())
    insertFact(database, reading, fact);
  return reading;
}

function insertFact(database: Database, reading: number, fact: Fact): void {
  const id = database.insert(
    'INSERT INTO facts (reading, path, status, message, truncated, release) VALUES (?, ?, ?, ?, ?, ?)',
    reading,
    fact.path,
    fact.status,
    fact.message ?? null,
    fact.truncated ?? null,
    fact.release === undefined ? null : JSON.stringify(fact.release),
  );
  for (const [position, record] of (fact.packages ?? []).entries()) {
    database.run(
      'INSERT INTO fact_packages (fact, position, record) VALUES (?, ?, ?)',
      id,
      position,
      ensureRecord(database, record),
    );
  }
}

function readFacts(database: Database, reading: number): Fact[] {
  const rows = database.all<FactRow>(
    'SELECT id, path, status, message, truncated, release FROM facts WHERE reading = ? ORDER BY id',
    reading,
  );
  return rows.map(({ id, path, status, message, truncated, release }) => {
    const packages = database.all<{ record: string }>(
      'SELECT r.record FROM fact_packages p JOIN records r ON r.id = p.record WHERE p.fact = ? ORDER BY p.position',
      id,
    );
    return {
      path,
      status,
      ...(message !== null && { message }),
      ...(truncated !== null && { truncated }),
      ...(release !== null && { release: JSON.parse(release) as OsRelease }),
      ...(packages.length > 0 && { packages: packages.map(({ record }) => readRecord(record)) }),
    };
  });
}
