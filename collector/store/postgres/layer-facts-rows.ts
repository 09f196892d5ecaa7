import type { CatalogerFacts, Fact, OsRelease } from '../../../core/facts.ts';
import type { ContentLease, ContentRef, PutResult, SuppliedFacts } from '../../ingest/ingest-store.ts';
import { readRecord } from '../rows/record.ts';
import { StoreError } from '../store-error.ts';
import { whole } from '../whole.ts';
import type { Database, Statements } from './database.ts';
import { endLease } from './lease-rows.ts';
import { SHARE_GATE } from './locks.ts';
import { ensureRecords } from './record-rows.ts';
import { keepUnused } from './unused-content.ts';
import { list, rows } from './values.ts';

/** Row ids of a layer and a set of catalogers that have met: the layer's facts are stored. */
export interface LayerSet {
  readonly layer: number;
  readonly set: number;
}

/** Those of the layers whose facts are stored for the set, by diff ID. */
export async function layerSets(
  statements: Statements,
  diffIds: readonly string[],
  catalogerSet: string,
): Promise<Map<string, LayerSet>> {
  const found = await statements.all<LayerSet & { diff_id: string }>(
    `SELECT l.diff_id, ls.layer, ls.cataloger_set AS set FROM layers l
       JOIN layer_sets ls ON ls.layer = l.id JOIN cataloger_sets s ON s.id = ls.cataloger_set
     WHERE l.diff_id = ANY($1::text[]) AND s.digest = $2`,
    list(diffIds),
    catalogerSet,
  );
  return new Map(found.map(({ diff_id, layer, set }) => [diff_id, { layer, set }]));
}

/** See `IngestStore.putLayerFacts`. */
export async function putLayerFacts(
  database: Database,
  ref: ContentRef,
  catalogers: readonly CatalogerFacts[],
  at: number,
  lease: ContentLease | undefined,
): Promise<PutResult> {
  if (catalogers.some((one) => one.diffId !== ref.key)) {
    throw new StoreError('invalid', `facts of another layer came as those of ${ref.key}; nothing was stored`);
  }
  return database.transaction(async (statements) => {
    const [, , stored] = await Promise.all([
      statements.run(`SELECT ${SHARE_GATE}`),
      keepUnused(statements, [ref]),
      layerSets(statements, [ref.key], ref.catalogerSet),
    ]);
    if (stored.size > 0) {
      if (lease !== undefined) await endLease(statements, ref, lease);
      return { stored: true };
    }
    if (lease !== undefined && !(await endLease(statements, ref, lease))) {
      return { stored: false, why: 'lease' };
    }
    const layer = (await ensureLayers(statements, [ref.key])).get(ref.key) ?? 0;
    const set = await ensureCatalogerSet(statements, ref.catalogerSet);
    const added = await statements.run(
      'INSERT INTO layer_sets (layer, cataloger_set, stored_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
      layer,
      set,
      whole(at),
    );
    if (added === 1) await putReadings(statements, { layer, set }, catalogers, lease?.node ?? '');
    return { stored: true };
  });
}

async function putReadings(
  statements: Statements,
  { layer, set }: LayerSet,
  catalogers: readonly CatalogerFacts[],
  node: string,
): Promise<void> {
  const named = rows(catalogers.map(({ cataloger, version }) => ({ cataloger, version: whole(version) })));
  const fresh = await statements.all<{ id: number; cataloger: string; version: number }>(
    `INSERT INTO readings (layer, cataloger, version, node)
     SELECT DISTINCT $1::bigint, cataloger, version, $3 FROM json_to_recordset($2::json)
       AS r (cataloger text, version bigint) ORDER BY cataloger, version
     ON CONFLICT (layer, cataloger, version) DO NOTHING RETURNING id, cataloger, version`,
    layer,
    named,
    node,
  );
  await statements.run(
    `INSERT INTO layer_set_readings (layer, cataloger_set, reading)
     SELECT DISTINCT $1::bigint, $2::bigint, g.id FROM json_to_recordset($3::json) AS r (cataloger text, version bigint)
       JOIN readings g ON g.layer = $1 AND g.cataloger = r.cataloger AND g.version = r.version
     ON CONFLICT DO NOTHING`,
    layer,
    set,
    named,
  );
  const ids = new Map(fresh.map(({ id, cataloger, version }) => [`${version} ${cataloger}`, id]));
  const readings = new Map(
    catalogers.flatMap((one) => {
      const id = ids.get(`${whole(one.version)} ${one.cataloger}`);
      return id === undefined ? [] : [[id, one.facts] as const];
    }),
  );
  await putFacts(statements, readings);
}

/** Facts of new readings, by the reading's row id. */
async function putFacts(
  statements: Statements,
  readings: ReadonlyMap<number, readonly Fact[]>,
): Promise<void> {
  const facts = [...readings].flatMap(([reading, all]) =>
    [...new Map(all.map((fact) => [fact.path, fact])).values()].map((fact) => ({ reading, fact })),
  );
  if (facts.length === 0) return;
  const found = facts.flatMap(({ fact }, at) =>
    (fact.packages ?? []).map((record, position) => ({ at, position, record })),
  );
  const digests = await ensureRecords(
    statements,
    found.map(({ record }) => record),
  );
  // Row ids are taken beforehand: packages name their fact by its place in the list.
  const first = await reserveFactIds(statements, facts.length);
  await statements.run(
    `INSERT INTO facts (id, reading, path, status, message, truncated, release)
     SELECT * FROM json_to_recordset($1::json) AS r (id bigint, reading bigint, path text, status text, message text,
       truncated text, release text)`,
    rows(
      facts.map(({ reading, fact }, at) => ({
        id: first[at] ?? null,
        reading,
        path: fact.path,
        status: fact.status,
        message: fact.message ?? null,
        truncated: fact.truncated ?? null,
        release: fact.release === undefined ? null : JSON.stringify(fact.release),
      })),
    ),
  );
  await statements.run(
    `INSERT INTO fact_packages (fact, position, record)
     SELECT p.fact, p.position, r.id FROM json_to_recordset($1::json) AS p (fact bigint, position integer, digest bytea)
       JOIN records r ON r.digest = p.digest`,
    rows(
      found.map(({ at, position }, index) => ({
        fact: first[at] ?? null,
        position,
        digest: digests[index] ?? null,
      })),
    ),
  );
}

async function reserveFactIds(statements: Statements, count: number): Promise<number[]> {
  const ids = await statements.all<{ id: number }>(
    `SELECT nextval(pg_get_serial_sequence('facts', 'id')) AS id FROM generate_series(1, $1)`,
    count,
  );
  return ids.map(({ id }) => id).sort((a, b) => a - b);
}

interface FoundRow {
  readonly layer: number;
  readonly cataloger: string;
  readonly path: string;
  readonly record: string;
}

/** The facts in which something was found, by layer (row id) and cataloger, with their packages and nothing else of them. */
export async function foundFacts(
  statements: Statements,
  layers: readonly LayerSet[],
): Promise<(layer: LayerSet, cataloger: string) => readonly Fact[]> {
  const found = await statements.all<FoundRow>(
    `SELECT sr.layer, g.cataloger, f.path, r.record FROM layer_set_readings sr JOIN readings g ON g.id = sr.reading
       JOIN facts f ON f.reading = g.id JOIN fact_packages p ON p.fact = f.id JOIN records r ON r.id = p.record
     WHERE sr.layer = ANY($1::bigint[]) AND sr.cataloger_set = $2 ORDER BY f.id, p.position`,
    list(layers.map(({ layer }) => layer)),
    layers[0]?.set ?? 0,
  );
  const facts = new Map(
    Map.groupBy(found, (row) => `${row.layer} ${row.cataloger}`)
      .entries()
      .map(([key, own]) => [key, factsOf(own)]),
  );
  return ({ layer }, cataloger) => facts.get(`${layer} ${cataloger}`) ?? [];
}

function factsOf(found: readonly FoundRow[]): Fact[] {
  const byPath = Map.groupBy(found, (row) => row.path);
  return Array.from(byPath, ([path, own]) => ({
    path,
    status: 'found',
    packages: own.map(({ record }) => readRecord(record)),
  }));
}

interface FactRow {
  readonly reading: number;
  readonly path: string;
  readonly status: Fact['status'];
  readonly message: string | null;
  readonly truncated: string | null;
  readonly release: string | null;
  /** JSON array of records, as texts; null when there are none. */
  readonly packages: string | null;
}

/** See `IngestStore.suppliedFacts`. */
export async function suppliedFacts(
  statements: Statements,
  ref: ContentRef,
): Promise<SuppliedFacts[] | undefined> {
  const stored = (await layerSets(statements, [ref.key], ref.catalogerSet)).get(ref.key);
  if (stored === undefined) return undefined;
  const readings = await statements.all<{ id: number; cataloger: string; version: number; node: string }>(
    `SELECT g.id, g.cataloger, g.version, g.node FROM layer_set_readings sr JOIN readings g ON g.id = sr.reading
     WHERE sr.layer = $1 AND sr.cataloger_set = $2 ORDER BY g.cataloger COLLATE "C"`,
    stored.layer,
    stored.set,
  );
  const facts = await statements.all<FactRow>(
    `SELECT f.reading, f.path, f.status, f.message, f.truncated, f.release,
       (SELECT json_agg(r.record ORDER BY p.position)::text FROM fact_packages p JOIN records r ON r.id = p.record
        WHERE p.fact = f.id) AS packages
     FROM facts f WHERE f.reading = ANY($1::bigint[]) ORDER BY f.id`,
    list(readings.map(({ id }) => id)),
  );
  const byReading = Map.groupBy(facts, ({ reading }) => reading);
  return readings.map(({ id, cataloger, version, node }) => ({
    node,
    facts: { diffId: ref.key, cataloger, version, facts: (byReading.get(id) ?? []).map(factOf) },
  }));
}

function factOf({ path, status, message, truncated, release, packages }: FactRow): Fact {
  return {
    path,
    status,
    ...(message !== null && { message }),
    ...(truncated !== null && { truncated }),
    ...(release !== null && { release: JSON.parse(release) as OsRelease }),
    ...(packages !== null && { packages: (JSON.parse(packages) as string[]).map(readRecord) }),
  };
}

/** Row ids of layers, which exist afterwards, by diff ID. */
export async function ensureLayers(
  statements: Statements,
  diffIds: readonly string[],
): Promise<Map<string, number>> {
  await statements.run(
    `INSERT INTO layers (diff_id) SELECT DISTINCT diff_id FROM unnest($1::text[]) AS l (diff_id) ORDER BY diff_id
     ON CONFLICT (diff_id) DO NOTHING`,
    list(diffIds),
  );
  const found = await statements.all<{ id: number; diff_id: string }>(
    'SELECT id, diff_id FROM layers WHERE diff_id = ANY($1::text[])',
    list(diffIds),
  );
  return new Map(found.map(({ id, diff_id }) => [diff_id, id]));
}

export async function ensureCatalogerSet(statements: Statements, digest: string): Promise<number> {
  await statements.run(
    'INSERT INTO cataloger_sets (digest) VALUES ($1) ON CONFLICT (digest) DO NOTHING',
    digest,
  );
  return statements.number('SELECT id FROM cataloger_sets WHERE digest = $1', digest);
}
