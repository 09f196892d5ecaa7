import { statSync } from 'node:fs';
import type { StoreSizes } from '../store.ts';
import type { Summary } from '../views.ts';
import type { Database } from './database.ts';

export function summary(database: Database): Summary {
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
    containers: database.number('SELECT count(*) FROM containers'),
    running: database.number('SELECT count(*) FROM containers WHERE running = 1'),
    processes: database.number('SELECT count(*) FROM processes'),
  };
}

const COUNTED = ['nodes', 'images', 'layers', 'compositions', 'packages', 'records', 'events'] as const;

/** Only tables that are counted quickly: this answers a scrape. */
export function sizes(database: Database, path: string): StoreSizes {
  const rows: Record<string, number> = {};
  for (const table of COUNTED) rows[table] = database.number(`SELECT count(*) FROM ${table}`);
  return { databaseBytes: fileBytes(path) + fileBytes(`${path}-wal`), rows };
}

function fileBytes(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
