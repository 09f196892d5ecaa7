import type { ContentClaim, ContentLease, ContentRef } from '../../ingest/ingest-store.ts';
import type { RunningLeases } from '../standing.ts';
import { whole } from '../whole.ts';
import type { Database } from './database.ts';

/** See `IngestStore.releaseLeases`. */
export function releaseLeases(database: Database, tokens: readonly number[]): void {
  if (tokens.length === 0) return;
  database.transaction(() => {
    for (const token of tokens) database.run('DELETE FROM content_leases WHERE token = ?', whole(token));
  });
}

/** Ends the lease; false when it is not, or no longer, in force. For within a transaction. */
export function endLease(database: Database, ref: ContentRef, { node, token }: ContentLease): boolean {
  const ended = database.run(
    'DELETE FROM content_leases WHERE token = ? AND node = ? AND kind = ? AND key = ? AND cataloger_set = ?',
    whole(token),
    node,
    ref.kind,
    ref.key,
    ref.catalogerSet,
  );
  return ended === 1;
}

export function endAllLeases(database: Database): void {
  database.run('DELETE FROM content_leases');
}

/** Who has a lease on it that runs. */
export function lesseeOf(database: Database, ref: ContentRef, at: number): string | undefined {
  const lease = database.get<{ node: string }>(
    'SELECT node FROM content_leases WHERE kind = ? AND key = ? AND cataloger_set = ? AND lapses_at > ?',
    ref.kind,
    ref.key,
    ref.catalogerSet,
    whole(at),
  );
  return lease?.node;
}

export function runningLeases(database: Database, { node, at }: ContentClaim): RunningLeases {
  const row = database.get<RunningLeases>(
    `SELECT count(*) AS "all", count(*) FILTER (WHERE node = ?) AS own FROM content_leases WHERE lapses_at > ?`,
    node,
    whole(at),
  );
  return row ?? { all: 0, own: 0 };
}

/** Token of a new lease, in the place of any other. */
export function grantLease(database: Database, ref: ContentRef, { node, at, leaseMs }: ContentClaim): number {
  return database.insert(
    'INSERT OR REPLACE INTO content_leases (kind, key, cataloger_set, node, lapses_at) VALUES (?, ?, ?, ?, ?)',
    ref.kind,
    ref.key,
    ref.catalogerSet,
    node,
    whole(at + leaseMs),
  );
}
