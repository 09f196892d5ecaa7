import type { PackageRecord } from '../../../core/facts.ts';
import { writeRecord } from '../rows/record.ts';
import type { Database } from './database.ts';

/** Row id of a package record, which exists afterwards. Equal records are one row, whatever layer or image states them. */
export function ensureRecord(database: Database, record: PackageRecord): number {
  const { text, digest } = writeRecord(record);
  const known = database.get<{ id: number }>('SELECT id FROM records WHERE digest = ?', digest);
  return known?.id ?? database.insert('INSERT INTO records (digest, record) VALUES (?, ?)', digest, text);
}
