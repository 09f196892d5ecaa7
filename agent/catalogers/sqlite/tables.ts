import type { LayerFile } from '../../../core/layer.ts';
import { byteGatherer } from '../package-database/byte-gatherer.ts';
import { DatabaseError, MAX_DATABASE_BYTES, tooLarge } from '../package-database/database-error.ts';
import { openPages } from './pages.ts';
import { readRecord, type ColumnValue } from './record.ts';
import { tableRecords } from './table.ts';

const SCHEMA_ROOT = 1;
const SUFFIX = '-wal';

/** A row of a table. Blobs among its columns are valid until the next row is asked for. */
export interface Row {
  /** Also the value of a column that is the table's integer primary key, which the record itself leaves out. */
  readonly id: number;
  readonly columns: readonly ColumnValue[];
}

export interface Tables {
  /** Rows of the table of that name in the order of their ids; undefined if there is none. */
  rows(table: string): Generator<Row> | undefined;
}

/** The write-ahead log of a database, by SQLite's convention. */
export function logName(path: string): string {
  return `${path.slice(path.lastIndexOf('/') + 1)}${SUFFIX}`;
}

/**
 * Opens a SQLite database with its write-ahead log, if that lies beside it. Damaged rows are reported and passed over,
 * unless reporting throws; a database that cannot be read throws a DatabaseError.
 */
export function openTables(file: LayerFile, report: (problem: string) => void): Tables {
  const log = file.sibling(logName(file.path));
  if (log !== undefined && log.size > MAX_DATABASE_BYTES) throw tooLarge(log);
  const pages = openPages(file, log);
  const gatherer = byteGatherer(file.size + (log?.size ?? 0));

  function* rowsFrom(root: number): Generator<Row> {
    for (const { id, record } of tableRecords(pages, root, gatherer, report)) {
      try {
        yield { id, columns: readRecord(record) };
      } catch (error) {
        if (!(error instanceof DatabaseError)) throw error;
        report(error.message);
      }
    }
  }

  const roots = new Map<string, number>();
  for (const { record } of tableRecords(pages, SCHEMA_ROOT, gatherer, report)) {
    const [type, name, , page] = readRecord(record);
    if (type === 'table' && typeof name === 'string' && typeof page === 'number') roots.set(name, page);
  }
  return {
    rows(table) {
      const root = roots.get(table);
      return root === undefined ? undefined : rowsFrom(root);
    },
  };
}
