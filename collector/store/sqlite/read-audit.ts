import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import type { AuditRecord } from '../fleet-orders.ts';
import { toStoreError } from './sqlite-error.ts';

/** The audit log in a collector's data folder, oldest entry first; the collector may go on meanwhile. Throws a StoreError. */
export function* readCollectorAudit(directory: string): Generator<AuditRecord> {
  const path = join(directory, 'tallyman.db');
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { readOnly: true });
    const rows = database.prepare('SELECT sequence, at, hash, entry FROM audit ORDER BY sequence').iterate();
    yield* rows as Iterable<unknown> as Iterable<AuditRecord>;
  } catch (error) {
    throw toStoreError(error, path);
  } finally {
    database?.close();
  }
}
