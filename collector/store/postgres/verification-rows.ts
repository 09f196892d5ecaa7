import type { FactsDifference, Verification } from '../../ingest/ingest-store.ts';
import { decodeCursor, pageOf, type Page, type PageRequest } from '../page.ts';
import { verificationView, type VerificationRow } from '../rows/verification-row.ts';
import type { VerificationFilter, VerificationView } from '../views.ts';
import { whole } from '../whole.ts';
import type { Database } from './database.ts';
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
         difference = excluded.difference`,
      ref.key,
      ref.catalogerSet,
      lease.node,
      whole(at),
      difference === undefined ? null : JSON.stringify(difference satisfies FactsDifference),
    );
    return true;
  });
}

const BEGIN = 'SELECT id, diff_id, cataloger_set, node, at, difference FROM verifications WHERE';
const REST = '(at, id) < ($1, $2) ORDER BY at DESC, id DESC LIMIT $3';
const BY_OUTCOME = {
  any: `${BEGIN} ${REST}`,
  same: `${BEGIN} difference IS NULL AND ${REST}`,
  different: `${BEGIN} difference IS NOT NULL AND ${REST}`,
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
