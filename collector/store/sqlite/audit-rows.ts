import type { AuditRecord } from '../fleet-orders.ts';
import { StoreError } from '../store-error.ts';
import type { Database } from './database.ts';

export function putAudit(
  database: Database,
  entries: readonly AuditRecord[],
  resultsOf: readonly string[],
): void {
  database.transaction(() => {
    let last = lastAudit(database)?.sequence;
    for (const { sequence, at, hash, entry } of entries) {
      if (last !== undefined && sequence !== last + 1)
        throw new StoreError('invalid', `the audit log ends with ${last}; ${sequence} does not follow it`);
      last = sequence;
      database.run(
        'INSERT INTO audit (sequence, at, hash, entry) VALUES (?, ?, ?, ?)',
        sequence,
        at,
        hash,
        entry,
      );
    }
    for (const id of resultsOf) database.run('UPDATE commands SET result_audited = 1 WHERE id = ?', id);
  });
}

export function lastAudit(database: Database): AuditRecord | undefined {
  return database.get<AuditRecord & Record<string, unknown>>(
    'SELECT sequence, at, hash, entry FROM audit ORDER BY sequence DESC LIMIT 1',
  );
}

export function audit(database: Database, fromSequence: number, limit: number): AuditRecord[] {
  return database.all<AuditRecord & Record<string, unknown>>(
    'SELECT sequence, at, hash, entry FROM audit WHERE sequence >= ? ORDER BY sequence LIMIT ?',
    fromSequence,
    limit,
  );
}

export function removeAudit(database: Database, upToSequence: number): void {
  database.run('DELETE FROM audit WHERE sequence <= ?', upToSequence);
}
