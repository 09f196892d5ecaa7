import type { AuditRecord } from '../fleet-orders.ts';
import { StoreError } from '../store-error.ts';
import { whole } from '../whole.ts';
import type { Database, Statements } from './database.ts';
import { AUDIT_LOCK } from './locks.ts';
import { list, rows } from './values.ts';

/** See `FleetOrders.putAudit`. */
export function putAudit(
  database: Database,
  entries: readonly AuditRecord[],
  resultsOf: readonly string[],
): Promise<void> {
  return database.transaction(async (statements) => {
    await statements.run(`SELECT ${AUDIT_LOCK}`);
    let last = (await lastAudit(statements))?.sequence;
    for (const { sequence } of entries) {
      if (last !== undefined && sequence !== last + 1)
        throw new StoreError('invalid', `the audit log ends with ${last}; ${sequence} does not follow it`);
      last = sequence;
    }
    await statements.run(
      `INSERT INTO audit (sequence, at, hash, entry)
       SELECT * FROM json_to_recordset($1::json) AS r (sequence bigint, at bigint, hash text, entry text)`,
      rows(entries.map(({ sequence, at, hash, entry }) => ({ sequence, at: whole(at), hash, entry }))),
    );
    await statements.run(
      'UPDATE commands SET result_audited = 1 WHERE id = ANY($1::text[])',
      list(resultsOf),
    );
  });
}

export function lastAudit(statements: Statements): Promise<AuditRecord | undefined> {
  return statements.get<AuditRecord>(
    'SELECT sequence, at, hash, entry FROM audit ORDER BY sequence DESC LIMIT 1',
  );
}

export function audit(statements: Statements, fromSequence: number, limit: number): Promise<AuditRecord[]> {
  return statements.all<AuditRecord>(
    'SELECT sequence, at, hash, entry FROM audit WHERE sequence >= $1 ORDER BY sequence LIMIT $2',
    whole(fromSequence),
    limit,
  );
}

export async function removeAudit(statements: Statements, upToSequence: number): Promise<void> {
  await statements.run('DELETE FROM audit WHERE sequence <= $1', whole(upToSequence));
}
