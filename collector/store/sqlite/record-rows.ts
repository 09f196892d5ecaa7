import type { PackageRecord } from '../../../core/facts.ts';
import { writeRecord, type WrittenRecord } from '../rows/record.ts';
import type { Database } from './database.ts';

/** Row id of a package record, which exists afterwards. Equal records are one row, whatever layer or image states them. */
export function ensureRecord(database: Database, record: PackageRecord): number {
  return ensureWritten(database, writeRecord(record));
}

export function ensureWritten(database: Database, { text, digest }: WrittenRecord): number {
  const known = database.get<{ id: number }>('SELECT id FROM records WHERE digest = ?', digest);
  return known?.id ?? database.insert('INSERT INTO records (digest, record) VALUES (?, ?)', digest, text);
}
