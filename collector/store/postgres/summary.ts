import type { StoreSizes } from '../store.ts';
import type { Summary } from '../views.ts';
import type { Statements } from './database.ts';

export async function summary(statements: Statements): Promise<Summary> {
  const row = await statements.get<Summary>(
    `SELECT n.nodes, n.connected, n.degraded, n.containers, n.running, n.processes, i.images,
       i.without AS "imagesWithoutPackages", (SELECT count(*) FROM layers) AS layers,
       (SELECT count(DISTINCT digest) FROM packages) AS packages
     FROM (SELECT count(*) AS nodes, count(replica) AS connected,
         count(*) FILTER (WHERE condition = 'degraded') AS degraded, coalesce(sum(containers), 0) AS containers,
         coalesce(sum(running), 0) AS running, coalesce(sum(processes), 0) AS processes FROM nodes) n,
       (SELECT count(*) AS images, count(*) FILTER (WHERE composition IS NULL) AS without FROM image_rows
         WHERE nodes > 0 OR containers > 0) i`,
  );
  if (row === undefined) throw new Error('an aggregate gave no row');
  return {
    nodes: row.nodes,
    connected: row.connected,
    degraded: row.degraded,
    images: row.images,
    imagesWithoutPackages: row.imagesWithoutPackages,
    layers: row.layers,
    packages: row.packages,
    containers: row.containers,
    running: row.running,
    processes: row.processes,
  };
}

const COUNTED = ['nodes', 'images', 'layers', 'compositions', 'packages', 'records', 'events'] as const;
/** Rows that are counted in a millisecond or two. */
const FEW = 20_000;
const SIZES = `SELECT pg_database_size(current_database()) AS bytes, ${COUNTED.map(rowsOf).join(', ')}`;

/** The planner's estimate, which vacuuming keeps up to date; there is none (-1) as long as nothing did. */
function rowsOf(table: string): string {
  const estimate = `(SELECT reltuples::bigint FROM pg_class WHERE oid = '${table}'::regclass)`;
  return `CASE WHEN ${estimate} < ${FEW} THEN (SELECT count(*) FROM ${table}) ELSE ${estimate} END AS ${table}`;
}

/** This answers a scrape: small tables are counted, of large ones it is the database's own estimate. */
export async function sizes(statements: Statements): Promise<StoreSizes> {
  const { bytes: databaseBytes = 0, ...rows } = (await statements.get<Record<string, number>>(SIZES)) ?? {};
  return { databaseBytes, rows };
}
