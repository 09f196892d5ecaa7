import { statSync } from 'node:fs';
import type { StoreSizes } from '../store.ts';
import type { Summary } from '../views.ts';
import type { Database } from './database.ts';

export function summary(database: Database): Summary {
  const held = database.get<{ containers: number; running: number; processes: number }>(
    `SELECT coalesce(sum(containers), 0) AS containers, coalesce(sum(running), 0) AS running,
       coalesce(sum(processes), 0) AS processes FROM node_counts`,
  );
  return {
    nodes: database.number('SELECT count(*) FROM nodes'),
    connected: database.number('SELECT count(*) FROM nodes WHERE connected = 1'),
    degraded: database.number(`SELECT count(*) FROM nodes WHERE condition = 'degraded'`),
    images: database.number('SELECT count(*) FROM images WHERE nodes > 0 OR containers > 0'),
    imagesWithoutPackages: database.number(
      'SELECT count(*) FROM images WHERE (nodes > 0 OR containers > 0) AND composition IS NULL',
    ),
    layers: database.number('SELECT count(*) FROM layers'),
    packages: database.number('SELECT count(DISTINCT purl) FROM packages'),
    containers: held?.containers ?? 0,
    running: held?.running ?? 0,
    processes: held?.processes ?? 0,
  };
}

const COUNTED = ['nodes', 'images', 'layers', 'compositions', 'packages', 'records'] as const;
/** Row ids count up and the oldest rows go first: so many at most, fewer where nodes were removed with their own. */
const EVENTS = 'SELECT coalesce(max(id) - (SELECT min(id) FROM events) + 1, 0) FROM events';

/** This answers a scrape: tables that stay small are counted, of events it is the most that there can be. */
export function sizes(database: Database, path: string): StoreSizes {
  const rows: Record<string, number> = {};
  for (const table of COUNTED) rows[table] = database.number(`SELECT count(*) FROM ${table}`);
  rows['events'] = database.number(EVENTS);
  return { databaseBytes: fileBytes(path) + fileBytes(`${path}-wal`), rows };
}

function fileBytes(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
