import type { PackageRecord } from '../../../core/facts.ts';
import { canonicalJson } from '../canonical-json.ts';
import type { Database } from './database.ts';
import { sha256Text } from './sha256-text.ts';

/** Row id of a package record, which exists afterwards. Equal records are one row, whatever layer or image states them. */
export function ensureRecord(database: Database, record: PackageRecord): number {
  const text = canonicalJson(record);
  const digest = sha256Text(text);
  const known = database.get<{ id: number }>('SELECT id FROM records WHERE digest = ?', digest);
  return known?.id ?? database.insert('INSERT INTO records (digest, record) VALUES (?, ?)', digest, text);
}
