import type { IngestStore, SessionStart, SessionStarted } from '../../ingest/ingest-store.ts';
import { decodeCursor, pageOf, type Page, type PageRequest } from '../page.ts';
import { sha256Text } from '../sha256-text.ts';
import { StoreError } from '../store-error.ts';
import type { RefusalView } from '../views.ts';
import { whole } from '../whole.ts';
import type { Database, Statements } from './database.ts';
import type { OverSession } from './replica.ts';

/** Most different refusals kept; the oldest go first. */
const MAX_REFUSALS = 1000;

interface LockedNode {
  readonly id: number;
  /** Which collector has its session. */
  readonly replica: string | null;
  readonly instance: string;
}

/** Row id of a node; undefined when it never came. */
export async function nodeIdOf(statements: Statements, node: string): Promise<number | undefined> {
  return (await statements.get<{ id: number }>('SELECT id FROM nodes WHERE name = $1', node))?.id;
}

/** A node's row, which exists afterwards and stays as it is until the transaction ends. */
export async function lockNode(statements: Statements, node: string, at: number): Promise<LockedNode> {
  const lock = 'SELECT id, replica, instance FROM nodes WHERE name = $1 FOR NO KEY UPDATE';
  const known = await statements.get<LockedNode>(lock, node);
  if (known !== undefined) return known;
  await statements.run(
    `INSERT INTO nodes (name, first_seen, connected_at, last_seen) VALUES ($1, $2, $2, $2)
     ON CONFLICT (name) DO NOTHING`,
    node,
    whole(at),
  );
  const made = await statements.get<LockedNode>(lock, node);
  if (made === undefined) throw new Error(`node ${node} vanished within one transaction`);
  return made;
}

/** As `lockNode`, for a write of the node's session: refused when another collector has the session by now. */
export async function lockOwnNode(
  statements: Statements,
  replica: string,
  node: string,
  at: number,
): Promise<number> {
  const locked = await lockNode(statements, node, at);
  if (locked.replica === null || locked.replica === replica) return locked.id;
  throw new StoreError('moved', `node ${node} has its session at another collector by now`);
}

/** See `IngestStore.startSession`. */
export function startSession(
  database: Database,
  replica: string,
  start: SessionStart,
): Promise<SessionStarted> {
  return database.transaction(async (statements) => {
    const { id, ...held } = await lockNode(statements, start.node, start.at);
    // A collector that lives ends the sessions of agents that do not.
    const another = held.replica !== replica && held.instance !== start.instance;
    if (another && held.replica !== null && (await isAlive(statements, held.replica))) return 'elsewhere';
    await statements.run(
      `UPDATE nodes SET replica = $2, instance = $3, agent_version = $4, boot_id = $5, connected_at = $6,
         certificate_until = $7, last_seen = greatest(last_seen, $6) WHERE id = $1`,
      id,
      replica,
      start.instance,
      start.agentVersion,
      start.bootId,
      whole(start.at),
      start.certificateUntil === undefined ? null : whole(start.certificateUntil),
    );
    return 'started';
  });
}

async function isAlive(statements: Statements, replica: string): Promise<boolean> {
  const row = await statements.get('SELECT 1 FROM replicas WHERE id = $1 AND lapses_at > now()', replica);
  return row !== undefined;
}

/** A session that another one has replaced, here or at another collector, ends nothing. */
export async function endSession(database: Database, replica: string, session: OverSession): Promise<void> {
  await database.run(
    `UPDATE nodes SET replica = NULL, last_seen = greatest(last_seen, $3)
     WHERE name = $1 AND instance = $2 AND replica = $4`,
    session.node,
    session.instance,
    whole(session.at),
    replica,
  );
}

/** See `Store.connectedElsewhere`. */
export async function nodesElsewhere(statements: Statements, replica: string): Promise<Set<string>> {
  const found = await statements.all<{ name: string }>(
    'SELECT name FROM nodes WHERE replica IS NOT NULL AND replica <> $1',
    replica,
  );
  return new Set(found.map(({ name }) => name));
}

export async function recordRefusal(
  database: Database,
  refusal: Parameters<IngestStore['recordRefusal']>[0],
): Promise<void> {
  const { node, reason, message, at, count = 1 } = refusal;
  await database.run(
    `INSERT INTO refusals (digest, node, reason, message, first_at, last_at, count)
     VALUES ($1, $2, $3, $4, $5, $5, $6)
     ON CONFLICT (digest) DO UPDATE SET count = refusals.count + excluded.count,
       last_at = greatest(refusals.last_at, excluded.last_at)`,
    sha256Text(JSON.stringify([node, reason, message])),
    node,
    reason,
    message,
    whole(at),
    whole(count),
  );
  await database.run(
    `DELETE FROM refusals WHERE id IN
       (SELECT id FROM refusals ORDER BY last_at DESC, id DESC OFFSET ${MAX_REFUSALS})`,
  );
}

interface RefusalRow {
  readonly id: number;
  readonly node: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  readonly first_at: number;
  readonly last_at: number;
}

export async function refusals(
  database: Database,
  { limit, cursor }: PageRequest,
): Promise<Page<RefusalView>> {
  const [at, id] = decodeCursor(cursor, [Number.MAX_SAFE_INTEGER, 0]);
  const rows = await database.all<RefusalRow>(
    `SELECT id, node, reason, message, count, first_at, last_at FROM refusals
     WHERE (last_at, id) < ($1, $2) ORDER BY last_at DESC, id DESC LIMIT $3`,
    at,
    id,
    limit + 1,
  );
  return pageOf(
    rows,
    limit,
    (row) => [row.last_at, row.id],
    ({ node, reason, message, count, first_at: firstAt, last_at: lastAt }) => ({
      node,
      reason,
      message,
      count,
      firstAt,
      lastAt,
    }),
  );
}
