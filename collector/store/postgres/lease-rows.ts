import { contentId } from '../../../proto/codec/content.ts';
import type { ContentLease, ContentRef } from '../../ingest/ingest-store.ts';
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

/** How many leases run, by node. */
export async function runningLeases(statements: Statements): Promise<Map<string, number>> {
  const found = await statements.all<{ node: string; count: number }>(
    `SELECT node, count(*) AS count FROM content_leases WHERE lapses_at > ${DATABASE_MS} GROUP BY node`,
  );
  return new Map(found.map(({ node, count }) => [node, count]));
}

export function ownLeases(running: ReadonlyMap<string, number>, node: string): RunningLeases {
  let all = 0;
  for (const count of running.values()) all += count;
  return { all, own: running.get(node) ?? 0 };
}

export interface NewLease {
  readonly ref: ContentRef;
  readonly node: string;
  readonly leaseMs: number;
}

/** Tokens of new leases, each of another ref, in the place of any others, by ref. */
export async function grantLeases(
  statements: Statements,
  leases: readonly NewLease[],
): Promise<ReadonlyMap<string, number>> {
  if (leases.length === 0) return new Map();
  const granted = await statements.all<{ token: number; kind: ContentRef['kind']; key: string; set: string }>(
    `INSERT INTO content_leases (kind, key, cataloger_set, node, lapses_at)
     SELECT kind, key, cataloger_set, node, ${DATABASE_MS} + lease_ms FROM json_to_recordset($1::json)
       AS r (kind text, key text, cataloger_set text, node text, lease_ms bigint)
     ON CONFLICT (kind, key, cataloger_set) DO UPDATE
       SET token = excluded.token, node = excluded.node, lapses_at = excluded.lapses_at
     RETURNING token, kind, key, cataloger_set AS set`,
    rows(
      leases.map(({ ref: { kind, key, catalogerSet }, node, leaseMs }) => ({
        kind,
        key,
        cataloger_set: catalogerSet,
        node,
        lease_ms: whole(leaseMs),
      })),
    ),
  );
  return new Map(
    granted.map(({ token, kind, key, set }) => [contentId({ kind, key, catalogerSet: set }), token]),
  );
}
