import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { loadBerkeleyDb } from './berkeley-db.ts';
import { ndbFile } from './rpm-files.ts';

/** Formats that rpm has kept its database in, newest last, by the name of the file. */
export const RPM_FILES = { bdb: 'Packages', ndb: 'Packages.db', sqlite: 'rpmdb.sqlite' } as const;
export type RpmFormat = keyof typeof RPM_FILES;

/** Headers of an rpm database by their number, as SQLite hands them out. */
export function rpmHeaders(database: string): Map<number, Uint8Array> {
  const connection = new DatabaseSync(join(database, RPM_FILES.sqlite), { readOnly: true });
  try {
    const rows = connection.prepare('SELECT hnum, blob FROM Packages').all();
    return new Map(
      rows.map(({ hnum, blob }) => [Number(hnum), blob instanceof Uint8Array ? blob : new Uint8Array()]),
    );
  } finally {
    connection.close();
  }
}

/** Puts what is in one folder's SQLite database into another folder in any format; gives the file's path. */
export function writeRpmDatabase(database: string, folder: string, format: RpmFormat): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, RPM_FILES[format]);
  if (format === 'sqlite') copyFileSync(join(database, RPM_FILES.sqlite), path);
  else if (format === 'ndb') writeFileSync(path, ndbFile([...rpmHeaders(database).values()]));
  else loadBerkeleyDb(path, rpmHeaders(database), { byteOrder: 'little', pageSize: 4096 });
  return path;
}
