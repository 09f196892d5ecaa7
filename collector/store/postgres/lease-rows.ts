import { contentId } from '../../../proto/codec/content.ts';
import type { ContentClaim, ContentLease, ContentRef } from '../../ingest/ingest-store.ts';
import type { RunningLeases } from '../standing.ts';
import { whole } from '../whole.ts';
import type { Statements } from './database.ts';
import { list, rows } from './values.ts';

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

export async function runningLeases(statements: Statements, node: string): Promise<RunningLeases> {
  const row = await statements.get<RunningLeases>(
    `SELECT count(*) AS all, count(*) FILTER (WHERE node = $1) AS own FROM content_leases
     WHERE lapses_at > ${DATABASE_MS}`,
    node,
  );
  return row ?? { all: 0, own: 0 };
}

/** Tokens of new leases, in the place of any others, by ref. */
export async function grantLeases(
  statements: Statements,
  refs: readonly ContentRef[],
  { node, leaseMs }: Pick<ContentClaim, 'node' | 'leaseMs'>,
): Promise<ReadonlyMap<string, number>> {
  if (refs.length === 0) return new Map();
  const distinct = new Map(refs.map((ref) => [contentId(ref), ref])).values();
  const granted = await statements.all<{ token: number; kind: ContentRef['kind']; key: string; set: string }>(
    `INSERT INTO content_leases (kind, key, cataloger_set, node, lapses_at)
     SELECT kind, key, cataloger_set, $2, ${DATABASE_MS} + $3 FROM json_to_recordset($1::json)
       AS r (kind text, key text, cataloger_set text)
     ON CONFLICT (kind, key, cataloger_set) DO UPDATE
       SET token = excluded.token, node = excluded.node, lapses_at = excluded.lapses_at
     RETURNING token, kind, key, cataloger_set AS set`,
    rows(Array.from(distinct, ({ kind, key, catalogerSet: set }) => ({ kind, key, cataloger_set: set }))),
    node,
    whole(leaseMs),
  );
  return new Map(
    granted.map(({ token, kind, key, set }) => [contentId({ kind, key, catalogerSet: set }), token]),
  );
}
