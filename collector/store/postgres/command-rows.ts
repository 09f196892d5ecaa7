import type { PendingCommand, PendingPart } from '../../ingest/ingest-store.ts';
import type { CommandFilter, CommandRecord, CommandView } from '../fleet-orders.ts';
import { decodeCursor, pageOf, type Page, type PageRequest } from '../page.ts';
import { commandView, type CommandRow } from '../rows/command-row.ts';
import { whole } from '../whole.ts';
import type { Database, Statements } from './database.ts';
import { byteText, list, rows } from './values.ts';

/** Collectors hear here of commands, by the name of their node. */
export const COMMAND_CHANNEL = 'tallyman_commands';

/** Every collector hears of them once they are committed. */
export function putCommands(database: Database, commands: readonly CommandRecord[]): Promise<void> {
  const named = rows(commands.map((command, position) => ({ ...columnsOf(command), position })));
  return database.transaction(async (statements) => {
    // Only those that are missing: numbers of rows that are not made are lost.
    await statements.run(
      `INSERT INTO nodes (name, first_seen, connected_at, last_seen)
       SELECT r.node, min(r.issued_at), min(r.issued_at), min(r.issued_at)
       FROM json_to_recordset($1::json) AS r (node text, issued_at bigint)
       WHERE NOT EXISTS (SELECT 1 FROM nodes n WHERE n.name = r.node) GROUP BY r.node ORDER BY r.node
       ON CONFLICT (name) DO NOTHING`,
      named,
    );
    await statements.run(
      `INSERT INTO commands (id, node, payload, issuer, action, issued_at, expires_at)
       SELECT r.id, n.id, r.payload, r.issuer, r.action, r.issued_at, r.expires_at
       FROM json_to_recordset($1::json) AS r (id text, node text, payload bytea, issuer text, action text,
         issued_at bigint, expires_at bigint, position integer) JOIN nodes n ON n.name = r.node
       ORDER BY r.position ON CONFLICT (id) DO NOTHING`,
      named,
    );
    await statements.run(
      'SELECT pg_notify($1, node) FROM unnest($2::text[]) AS nodes (node)',
      COMMAND_CHANNEL,
      list(commands.map(({ node }) => node)),
    );
  });
}

function columnsOf(command: CommandRecord) {
  const { id, node, payload, issuer, action, issuedAt, expiresAt } = command;
  return {
    id,
    node,
    payload: byteText(payload),
    issuer,
    action,
    issued_at: whole(issuedAt),
    expires_at: whole(expiresAt),
  };
}

export async function pendingCommands(
  statements: Statements,
  node: string,
  at: number,
  part?: PendingPart,
): Promise<PendingCommand[]> {
  const pending = await statements.all<{ id: string; payload: Uint8Array; expires_at: number }>(
    `SELECT c.id, c.payload, c.expires_at FROM commands c JOIN nodes n ON n.id = c.node
     WHERE n.name = $1 AND c.outcome IS NULL AND c.expires_at > $2 AND c.id <> ALL ($3::text[])
     ORDER BY c.number LIMIT $4::bigint`,
    node,
    whole(at),
    list(part?.but ?? []),
    part?.most ?? null,
  );
  return pending.map(({ id, payload, expires_at: expiresAt }) => ({ id, payload, expiresAt }));
}

/** Nodes with a session at this collector for which commands wait. */
export async function nodesWithCommands(
  statements: Statements,
  replica: string,
  at: number,
): Promise<string[]> {
  const found = await statements.all<{ name: string }>(
    `SELECT n.name FROM nodes n WHERE n.replica = $1 AND n.id IN
       (SELECT node FROM commands WHERE outcome IS NULL AND expires_at > $2)`,
    replica,
    whole(at),
  );
  return found.map(({ name }) => name);
}

/** See `IngestStore.commandsSent`. */
export async function commandsSent(
  statements: Statements,
  ids: readonly string[],
  at: number,
): Promise<void> {
  await statements.run('UPDATE commands SET sent_at = $2 WHERE id = ANY($1::text[])', list(ids), whole(at));
}

const COLUMNS = `c.id, n.name AS node, c.issuer, c.action, c.issued_at, c.expires_at, c.sent_at, c.outcome, c.message,
  c.finished_at, c.audit_hash, c.audit_sequence, (c.detail IS NOT NULL)::int AS has_detail
  FROM commands c JOIN nodes n ON n.id = c.node`;

const LIST = `SELECT ${COLUMNS} WHERE (c.issued_at, c.id) < ($1, $2)`;
const REST = 'ORDER BY c.issued_at DESC, c.id DESC LIMIT $3';

export async function command(
  statements: Statements,
  id: string,
  at: number,
): Promise<CommandView | undefined> {
  const row = await statements.get<CommandRow>(`SELECT ${COLUMNS} WHERE c.id = $1`, id);
  return row && commandView(row, at);
}

export async function commandsNamed(
  statements: Statements,
  ids: readonly string[],
  at: number,
): Promise<CommandView[]> {
  const found = await statements.all<CommandRow>(`SELECT ${COLUMNS} WHERE c.id = ANY($1::text[])`, list(ids));
  return found.map((row) => commandView(row, at));
}

export async function commands(
  statements: Statements,
  { node }: CommandFilter,
  at: number,
  { limit, cursor }: PageRequest,
): Promise<Page<CommandView>> {
  const values = [...decodeCursor(cursor, [Number.MAX_SAFE_INTEGER, '']), limit + 1];
  const rows =
    node === undefined
      ? await statements.all<CommandRow>(`${LIST} ${REST}`, ...values)
      : await statements.all<CommandRow>(`${LIST} AND n.name = $4 ${REST}`, ...values, node);
  return pageOf(
    rows,
    limit,
    (row) => [row.issued_at, row.id],
    (row) => commandView(row, at),
  );
}

export async function commandDetail(statements: Statements, id: string): Promise<Uint8Array | undefined> {
  const row = await statements.get<{ detail: Uint8Array | null }>(
    'SELECT detail FROM commands WHERE id = $1',
    id,
  );
  return row?.detail ?? undefined;
}

export async function unauditedResults(statements: Statements, limit: number): Promise<CommandView[]> {
  const rows = await statements.all<CommandRow>(
    `SELECT ${COLUMNS} WHERE c.outcome IS NOT NULL AND c.result_audited = 0
     ORDER BY c.finished_at, c.id LIMIT $1`,
    limit,
  );
  return rows.map((row) => commandView(row, 0));
}
