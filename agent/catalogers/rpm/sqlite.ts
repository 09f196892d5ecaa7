import type { LayerFile } from '../../../core/layer.ts';
import { damaged } from '../package-database/database-error.ts';
import { openTables } from '../sqlite/tables.ts';

/** Reads `rpmdb.sqlite`: the headers are the blobs of the table `Packages(hnum, blob)`. */
export function* readSqlite(file: LayerFile, report: (problem: string) => void): Generator<Uint8Array> {
  const rows = openTables(file, report).rows('Packages');
  if (rows === undefined) throw damaged('a SQLite database without a table of packages');
  for (const { columns } of rows) {
    const blob = columns.find((column) => column instanceof Uint8Array);
    if (blob !== undefined) yield blob;
  }
}
