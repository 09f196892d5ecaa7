import type { ContentRef, Verification } from '../../ingest/ingest-store.ts';
import { decodeCursor, pageOf, type Page, type PageRequest } from '../page.ts';
import { verificationView, type VerificationRow } from '../rows/verification-row.ts';
import type { Acknowledgement, VerificationFilter, VerificationView } from '../views.ts';
import { whole } from '../whole.ts';
import type { Database } from './database.ts';
import { endLease } from './lease-rows.ts';

/** Did a second node read this layer with these catalogers? */
export function isVerified(database: Database, ref: ContentRef): boolean {
  return (
    database.get(
      'SELECT 1 FROM verifications WHERE diff_id = ? AND cataloger_set = ?',
      ref.key,
      ref.catalogerSet,
    ) !== undefined
  );
}

/** See `IngestStore.putVerification`. */
export function putVerification(database: Database, { ref, lease, at, difference }: Verification): boolean {
  return database.transaction(() => {
    if (!endLease(database, ref, lease)) return false;
    database.run(
      `INSERT OR REPLACE INTO verifications (diff_id, cataloger_set, node, at, difference)
       VALUES (?, ?, ?, ?, ?)`,
      ref.key,
      ref.catalogerSet,
      lease.node,
      whole(at),
      difference === undefined ? null : JSON.stringify(difference),
    );
    return true;
  });
}

/** See `InventoryQueries.verifications`. */
export function verifications(
  database: Database,
  { outcome }: VerificationFilter,
  { limit, cursor }: PageRequest,
): Page<VerificationView> {
  const position = decodeCursor(cursor, [Number.MAX_SAFE_INTEGER, 0]);
  const rows = rowsOf(database, outcome, [...position, limit + 1]);
  return pageOf(rows, limit, (row) => [row.at, row.id], verificationView);
}

function rowsOf(
  database: Database,
  outcome: VerificationFilter['outcome'],
  values: readonly (number | string)[],
): VerificationRow[] {
  const tail = '(at, id) < (?, ?) ORDER BY at DESC, id DESC LIMIT ?';
  switch (outcome) {
    case undefined:
      return database.all(`SELECT * FROM verifications WHERE ${tail}`, ...values);
    case 'same':
      return database.all(`SELECT * FROM verifications WHERE difference IS NULL AND ${tail}`, ...values);
    case 'different':
      return database.all(`SELECT * FROM verifications WHERE difference IS NOT NULL AND ${tail}`, ...values);
    case 'open':
      return database.all(
        `SELECT * FROM verifications WHERE difference IS NOT NULL AND acknowledged_at IS NULL AND ${tail}`,
        ...values,
      );
  }
}

/** See `FleetOrders.differencesOf`. */
export function differencesOf(database: Database, diffId: string): VerificationView[] {
  const rows = database.all<VerificationRow>(
    'SELECT * FROM verifications WHERE diff_id = ? AND difference IS NOT NULL ORDER BY at DESC, id DESC',
    diffId,
  );
  return rows.map(verificationView);
}

/** See `FleetOrders.acknowledgeDifferences`. */
export function acknowledgeDifferences(
  database: Database,
  diffId: string,
  until: number,
  { by, at, reason }: Acknowledgement,
): void {
  database.run(
    `UPDATE verifications SET acknowledged_by = ?, acknowledged_at = ?, reason = ?
     WHERE diff_id = ? AND at <= ? AND difference IS NOT NULL AND acknowledged_at IS NULL`,
    by,
    whole(at),
    reason ?? null,
    diffId,
    whole(until),
  );
}
