import type { LayerFile } from '../../../../core/layer.ts';
import { byteGatherer } from '../byte-gatherer.ts';
import { damaged, RpmDatabaseError } from '../database-error.ts';
import { MAX_DATABASE_BYTES, tooLarge } from '../header-source.ts';
import { openPages } from './pages.ts';
import { readRecord } from './record.ts';
import { tableRecords } from './table.ts';

const SCHEMA_ROOT = 1;
const SUFFIX = '-wal';

/** The write-ahead log of a database, by SQLite's convention. */
export function logName(path: string): string {
  return `${path.slice(path.lastIndexOf('/') + 1)}${SUFFIX}`;
}

/** Reads `rpmdb.sqlite`: the headers are the blobs of the table `Packages(hnum, blob)`. */
export function* readSqlite(file: LayerFile, report: (problem: string) => void): Generator<Uint8Array> {
  const log = file.sibling(logName(file.path));
  if (log !== undefined && log.size > MAX_DATABASE_BYTES) throw tooLarge(log);
  const pages = openPages(file, log);
  const record = byteGatherer(file.size + (log?.size ?? 0));
  let root: number | undefined;
  for (const row of tableRecords(pages, SCHEMA_ROOT, record, report)) {
    const [type, name, , page] = readRecord(row);
    if (type === 'table' && name === 'Packages' && typeof page === 'number') root = page;
  }
  if (root === undefined) throw damaged('a SQLite database without a table of packages');
  for (const row of tableRecords(pages, root, record, report)) {
    try {
      const blob = readRecord(row).find((column) => column instanceof Uint8Array);
      if (blob !== undefined) yield blob;
    } catch (error) {
      if (!(error instanceof RpmDatabaseError)) throw error;
      report(error.message);
    }
  }
}
