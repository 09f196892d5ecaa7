import type { IncomingEvent, PendingCommand, PendingPart } from '../../ingest/ingest-store.ts';
import type { CommandFilter, CommandRecord, CommandView } from '../fleet-orders.ts';
import { decodeCursor, pageOf, type Page, type PageRequest } from '../page.ts';
import { commandView, type CommandRow } from '../rows/command-row.ts';
import type { Database } from './database.ts';
import { ensureNode, nodeIdOf } from './node-rows.ts';

export function putCommands(database: Database, commands: readonly CommandRecord[]): void {
  database.transaction(() => {
    for (const command of commands) {
      database.run(
        `INSERT INTO commands (id, node, payload, issuer, action, issued_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO NOTHING`,
        command.id,
        ensureNode(database, command.node, command.issuedAt),
        command.payload,
        command.issuer,
        command.action,
        command.issuedAt,
        command.expiresAt,
      );
    }
  });
}

export function pendingCommands(
  database: Database,
  node: string,
  at: number,
  part?: PendingPart,
): PendingCommand[] {
  const id = nodeIdOf(database, node);
  if (id === undefined) return [];
  return database.all<PendingCommand & Record<string, unknown>>(
    `SELECT id, payload, expires_at AS expiresAt FROM commands
     WHERE node = ? AND outcome IS NULL AND expires_at > ? AND id NOT IN (SELECT value FROM json_each(?))
     ORDER BY rowid LIMIT ?`,
    id,
    at,
    JSON.stringify(part?.but ?? []),
    part?.most ?? -1,
  );
}

/** See `IngestStore.commandsSent`. */
export function commandsSent(database: Database, ids: readonly string[], at: number): void {
  database.transaction(() => {
    for (const id of ids) database.run('UPDATE commands SET sent_at = ? WHERE id = ?', at, id);
  });
}

/** The first result counts; another node's word on a command is none. In the transaction of its event. */
export function finishCommand(
  database: Database,
  node: number,
  { commandResult }: IncomingEvent,
  at: number,
): void {
  if (commandResult === undefined) return;
  const { commandId, outcome, message, detail, audit } = commandResult;
  database.run(
    `UPDATE commands SET outcome = ?, message = ?, detail = ?, audit_hash = ?, audit_sequence = ?, finished_at = ?
     WHERE id = ? AND node = ? AND outcome IS NULL`,
    outcome,
    message,
    detail ?? null,
    audit?.hash ?? null,
    audit === undefined ? null : audit.sequence,
    at,
    commandId,
    node,
  );
}

const COLUMNS = `c.id, n.name AS node, c.issuer, c.action, c.issued_at, c.expires_at, c.sent_at, c.outcome, c.message,
  c.finished_at, c.audit_hash, c.audit_sequence, c.detail IS NOT NULL AS has_detail
  FROM commands c JOIN nodes n ON n.id = c.node`;

export function command(database: Database, id: string, at: number): CommandView | undefined {
  const row = database.get<CommandRow>(`SELECT ${COLUMNS} WHERE c.id = ?`, id);
  return row && commandView(row, at);
}

export function commandsNamed(database: Database, ids: readonly string[], at: number): CommandView[] {
  const rows = database.all<CommandRow>(
    `SELECT ${COLUMNS} WHERE c.id IN (SELECT value FROM json_each(?))`,
    JSON.stringify(ids),
  );
  return rows.map((row) => commandView(row, at));
}

const LISTED = '(c.issued_at, c.id) < (?, ?) ORDER BY c.issued_at DESC, c.id DESC LIMIT ?';
/** Of all nodes, and of one, whose own rows are few: each is read by an index. */
export const LIST_COMMANDS = `SELECT ${COLUMNS} WHERE ${LISTED}`;
export const LIST_COMMANDS_OF_NODE = `SELECT ${COLUMNS} WHERE c.node = ? AND ${LISTED}`;

export function commands(
  database: Database,
  { node }: CommandFilter,
  at: number,
  { limit, cursor }: PageRequest,
): Page<CommandView> {
  const values = [...decodeCursor(cursor, [Number.MAX_SAFE_INTEGER, '']), limit + 1];
  const rows =
    node === undefined
      ? database.all<CommandRow>(LIST_COMMANDS, ...values)
      : database.all<CommandRow>(LIST_COMMANDS_OF_NODE, nodeIdOf(database, node) ?? 0, ...values);
  return pageOf(
    rows,
    limit,
    (row) => [row.issued_at, row.id],
    (row) => commandView(row, at),
  );
}

export function commandDetail(database: Database, id: string): Uint8Array | undefined {
  return (
    database.get<{ detail: Uint8Array | null }>('SELECT detail FROM commands WHERE id = ?', id)?.detail ??
    undefined
  );
}

export function unauditedResults(database: Database, limit: number): CommandView[] {
  const rows = database.all<CommandRow>(
    `SELECT ${COLUMNS} WHERE c.outcome IS NOT NULL AND c.result_audited = 0 ORDER BY c.finished_at, c.id LIMIT ?`,
    limit,
  );
  return rows.map((row) => commandView(row, 0));
}
