import type { CatalogerFacts, Fact } from '../../../core/facts.ts';
import type { ContentRef } from '../../ingest/ingest-store.ts';
import { StoreError } from '../store-error.ts';
import { whole } from '../whole.ts';
import type { Database } from './database.ts';
import { readRecord } from '../rows/record.ts';
import { ensureRecord } from './record-rows.ts';

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

/** See `IngestStore.putLayerFacts`. What is stored already stays as it is. */
export function putLayerFacts(
  database: Database,
  ref: ContentRef,
  catalogers: readonly CatalogerFacts[],
  at: number,
): void {
  if (catalogers.some((one) => one.diffId !== ref.key)) {
    throw new StoreError('invalid', `facts of another layer came as those of ${ref.key}; nothing was stored`);
  }
  if (layerSet(database, ref.key, ref.catalogerSet) !== undefined) return;
  database.durableTransaction(() => {
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
        ensureReading(database, layer, one),
      );
    }
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
): number {
  const known = database.get<{ id: number }>(
    'SELECT id FROM readings WHERE layer = ? AND cataloger = ? AND version = ?',
    layer,
    cataloger,
    whole(version),
  );
  if (known !== undefined) return known.id;
  const reading = database.insert(
    'INSERT INTO readings (layer, cataloger, version) VALUES (?, ?, ?)',
    layer,
    cataloger,
    whole(version),
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
