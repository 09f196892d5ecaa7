import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** What a header of the demonstration's rpm database says. */
export interface RpmEntry {
  readonly name: string;
  readonly version: string;
  readonly release: string;
  readonly epoch?: number;
  readonly architecture: string;
  readonly license: string;
  readonly vendor: string;
  readonly sourceRpm: string;
}

const INT32 = 4;
const STRING = 6;

/** Tags of an rpm header. Source: rpm's include/rpm/rpmtag.h. */
const TAGS = {
  name: 1000,
  version: 1001,
  release: 1002,
  epoch: 1003,
  vendor: 1011,
  license: 1014,
  architecture: 1022,
  sourceRpm: 1044,
} as const;

/** Writes an rpm database in rpm's SQLite format (table Packages: hnum, blob) and returns its bytes. `scratch` is a folder. */
export function writeRpmDatabase(entries: readonly RpmEntry[], scratch: string): Buffer {
  const file = join(scratch, 'rpmdb.sqlite');
  const database = new DatabaseSync(file);
  database.exec('CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)');
  const insert = database.prepare('INSERT INTO Packages (blob) VALUES (?)');
  for (const entry of entries) insert.run(header(entry));
  database.close();
  const bytes = readFileSync(file);
  rmSync(file);
  return bytes;
}

/** A header blob: index length, data length (32-bit, big endian), 16-byte index entries, data. Source: rpm's docs/manual/format_header.md. */
function header(entry: RpmEntry): Buffer {
  const index: Buffer[] = [];
  const data: Buffer[] = [];
  let offset = 0;
  for (const [key, tag] of Object.entries(TAGS)) {
    const value = entry[key as keyof RpmEntry];
    if (value === undefined) continue;
    const pad = typeof value === 'number' ? (4 - (offset % 4)) % 4 : 0;
    const bytes = typeof value === 'number' ? int32(value) : Buffer.from(`${value}\0`);
    data.push(Buffer.alloc(pad), bytes);
    index.push(int32(tag), int32(typeof value === 'number' ? INT32 : STRING), int32(offset + pad), int32(1));
    offset += pad + bytes.length;
  }
  return Buffer.concat([int32(index.length / 4), int32(offset), ...index, ...data]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
