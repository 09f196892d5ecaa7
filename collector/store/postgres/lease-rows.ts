import type { ContentLease, ContentRef } from '../../ingest/ingest-store.ts';
import { whole } from '../whole.ts';
import type { Statements } from './database.ts';
import { list } from './values.ts';

/**
 * The database's clock when a statement begins, ms since the epoch. Leases go by it alone: the clocks of several collectors
 * may differ by more than a lease is long.
 */
export const DATABASE_MS = '(extract(epoch FROM statement_timestamp()) * 1000)::bigint';

/** See `IngestStore.releaseLeases`. */
export async function releaseLeases(statements: Statements, tokens: readonly number[]): Promise<void> {
  if (tokens.length === 0) return;
  await statements.run('DELETE FROM content_leases WHERE token = ANY($1::bigint[])', list(tokens.map(whole)));
}

/** Ends the lease; false when it is not, or no longer, in force. For within a transaction. */
export async function endLease(
  statements: Statements,
  ref: ContentRef,
  { node, token }: ContentLease,
): Promise<boolean> {
  const ended = await statements.run(
    `DELETE FROM content_leases
     WHERE token = $1 AND node = $2 AND kind = $3 AND key = $4 AND cataloger_set = $5`,
    whole(token),
    node,
    ref.kind,
    ref.key,
    ref.catalogerSet,
  );
  return ended === 1;
}
