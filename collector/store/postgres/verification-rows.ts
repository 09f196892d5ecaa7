import type { FactsDifference, Verification } from '../../ingest/ingest-store.ts';
import { decodeCursor, pageOf, type Page, type PageRequest } from '../page.ts';
import { verificationView, type VerificationRow } from '../rows/verification-row.ts';
import type { Acknowledgement, VerificationFilter, VerificationView } from '../views.ts';
import { whole } from '../whole.ts';
import type { Database, Statements } from './database.ts';
import { endLease } from './lease-rows.ts';

/** See `IngestStore.putVerification`. */
export function putVerification(
  database: Database,
  { ref, lease, at, difference }: Verification,
): Promise<boolean> {
  return database.transaction(async (statements) => {
    if (!(await endLease(statements, ref, lease))) return false;
    await statements.run(
      `INSERT INTO verifications (diff_id, cataloger_set, node, at, difference) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (diff_id, cataloger_set) DO UPDATE SET node = excluded.node, at = excluded.at,
         difference = excluded.difference, acknowledged_by = NULL, acknowledged_at = NULL, reason = NULL`,
      ref.key,
      ref.catalogerSet,
      lease.node,
      whole(at),
      difference === undefined ? null : JSON.stringify(difference satisfies FactsDifference),
    );
    return true;
  });
}

const BEGIN = `SELECT id, diff_id, cataloger_set, node, at, difference, acknowledged_by, acknowledged_at, reason
  FROM verifications WHERE`;
const REST = '(at, id) < ($1, $2) ORDER BY at DESC, id DESC LIMIT $3';
const BY_OUTCOME = {
  any: `${BEGIN} ${REST}`,
  same: `${BEGIN} difference IS NULL AND ${REST}`,
  different: `${BEGIN} difference IS NOT NULL AND ${REST}`,
  open: `${BEGIN} difference IS NOT NULL AND acknowledged_at IS NULL AND ${REST}`,
};

/** See `InventoryQueries.verifications`. */
export async function verifications(
  database: Database,
  { outcome }: VerificationFilter,
  { limit, cursor }: PageRequest,
): Promise<Page<VerificationView>> {
  const [at, id] = decodeCursor(cursor, [Number.MAX_SAFE_INTEGER, 0]);
  const rows = await database.all<VerificationRow>(BY_OUTCOME[outcome ?? 'any'], at, id, limit + 1);
  return pageOf(rows, limit, (row) => [row.at, row.id], verificationView);
}

/** See `FleetOrders.differencesOf`. */
export async function differencesOf(statements: Statements, diffId: string): Promise<VerificationView[]> {
  const rows = await statements.all<VerificationRow>(
    `${BEGIN} diff_id = $1 AND difference IS NOT NULL ORDER BY at DESC, id DESC`,
    diffId,
  );
  return rows.map(verificationView);
}

/** See `FleetOrders.acknowledgeDifferences`. */
export async function acknowledgeDifferences(
  statements: Statements,
  diffId: string,
  until: number,
  { by, at, reason }: Acknowledgement,
): Promise<void> {
  await statements.run(
    `UPDATE verifications SET acknowledged_by = $1, acknowledged_at = $2, reason = $3
     WHERE diff_id = $4 AND at <= $5 AND difference IS NOT NULL AND acknowledged_at IS NULL`,
    by,
    whole(at),
    reason ?? null,
    diffId,
    whole(until),
  );
}
