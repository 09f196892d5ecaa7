import type { IngestStore, SessionStart, SessionStarted } from '../../ingest/ingest-store.ts';
import type { PageRequest, Page } from '../page.ts';
import { decodeCursor, pageOf } from '../page.ts';
import type { RefusalView } from '../views.ts';
import { whole } from '../whole.ts';
import type { Database } from './database.ts';

/** Most different refusals kept; the oldest go first. */
const MAX_REFUSALS = 1000;

/** Row id of a node; undefined when it never came. */
export function nodeIdOf(database: Database, node: string): number | undefined {
  return database.get<{ id: number }>('SELECT id FROM nodes WHERE name = ?', node)?.id;
}

/** Row id of a node, which exists afterwards. */
export function ensureNode(database: Database, node: string, at: number): number {
  const known = nodeIdOf(database, node);
  if (known !== undefined) return known;
  return database.insert(
    'INSERT INTO nodes (name, first_seen, connected_at, last_seen) VALUES (?, ?, ?, ?)',
    node,
    whole(at),
    whole(at),
    whole(at),
  );
}

export function startSession(database: Database, start: SessionStart): SessionStarted {
  return database.transaction(() => {
    const id = ensureNode(database, start.node, start.at);
    database.run(
      `UPDATE nodes SET connected = 1, instance = ?, agent_version = ?, boot_id = ?, connected_at = ?,
         certificate_until = ?, last_seen = max(last_seen, ?) WHERE id = ?`,
      start.instance,
      start.agentVersion,
      start.bootId,
      whole(start.at),
      start.certificateUntil === undefined ? null : whole(start.certificateUntil),
      whole(start.at),
      id,
    );
    return 'started';
  });
}

/** A session that another instance of the agent has replaced ends nothing. */
export function endSession(database: Database, node: string, instance: string, at: number): void {
  database.run(
    'UPDATE nodes SET connected = 0, last_seen = max(last_seen, ?) WHERE name = ? AND instance = ?',
    whole(at),
    node,
    instance,
  );
}

export function endAllSessions(database: Database): void {
  database.run('UPDATE nodes SET connected = 0 WHERE connected = 1');
}

export function recordRefusal(
  database: Database,
  refusal: Parameters<IngestStore['recordRefusal']>[0],
): void {
  const at = whole(refusal.at);
  database.transaction(() => {
    database.run(
      `INSERT INTO refusals (node, reason, message, count, first_at, last_at) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (node, reason, message) DO UPDATE
       SET count = count + excluded.count, last_at = max(last_at, excluded.last_at)`,
      refusal.node,
      refusal.reason,
      refusal.message,
      whole(refusal.count ?? 1),
      at,
      at,
    );
    database.run(
      `DELETE FROM refusals WHERE id IN
         (SELECT id FROM refusals ORDER BY last_at DESC, id DESC LIMIT -1 OFFSET ${MAX_REFUSALS})`,
    );
  });
}

export function refusals(database: Database, { limit, cursor }: PageRequest): Page<RefusalView> {
  const [at, id] = decodeCursor(cursor, [Number.MAX_SAFE_INTEGER, 0]);
  const rows = database.all<RefusalView & { id: number }>(
    `SELECT id, node, reason, message, count, first_at AS firstAt, last_at AS lastAt FROM refusals
     WHERE (last_at, id) < (?, ?) ORDER BY last_at DESC, id DESC LIMIT ?`,
    at,
    id,
    limit + 1,
  );
  return pageOf(
    rows,
    limit,
    (row) => [row.lastAt, row.id],
    ({ node, reason, message, count, firstAt, lastAt }) => ({
      node,
      reason,
      message,
      count,
      firstAt,
      lastAt,
    }),
  );
}
