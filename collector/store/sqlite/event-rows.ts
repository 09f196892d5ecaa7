import type { IncomingEvent, PendingCommand } from '../../ingest/ingest-store.ts';
import type { CommandOutcome, CommandRecord } from '../store.ts';
import { whole } from '../whole.ts';
import type { Database } from './database.ts';
import { ensureNode, nodeIdOf } from './node-rows.ts';

/** See `IngestStore.eventsStored`. */
export function eventsStored(database: Database, node: string, epoch: string): number {
  const row = database.get<{ stored_up_to: number }>(
    `SELECT c.stored_up_to FROM event_cursors c JOIN nodes n ON n.id = c.node WHERE n.name = ? AND c.epoch = ?`,
    node,
    epoch,
  );
  return row?.stored_up_to ?? 0;
}

/**
 * See `IngestStore.putEvents`. Numbers that are stored are passed over, wherever they stand in the batch; a gap is
 * accepted, since a node that had to drop events says so in a later one.
 */
export function putEvents(
  database: Database,
  node: string,
  epoch: string,
  events: readonly IncomingEvent[],
  at: number,
): number {
  return database.durableTransaction(() => {
    const id = ensureNode(database, node, at);
    let last = eventsStored(database, node, epoch);
    for (const event of events.toSorted((a, b) => a.number - b.number)) {
      if (event.number <= last) continue;
      last = event.number;
      database.run(
        `INSERT INTO events (node, epoch, number, time, kind, payload, stored_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
        id,
        epoch,
        whole(event.number),
        whole(event.time),
        event.kind,
        event.payload,
        whole(at),
      );
      finishCommand(database, id, event, at);
    }
    database.run(
      `INSERT INTO event_cursors (node, epoch, stored_up_to) VALUES (?, ?, ?)
       ON CONFLICT (node, epoch) DO UPDATE SET stored_up_to = excluded.stored_up_to`,
      id,
      epoch,
      whole(last),
    );
    return last;
  });
}

/** The first result counts; another node's word on a command is none. */
function finishCommand(database: Database, node: number, { commandResult }: IncomingEvent, at: number): void {
  if (commandResult === undefined) return;
  database.run(
    `UPDATE commands SET outcome = ?, message = ?, finished_at = ? WHERE id = ? AND node = ? AND outcome IS NULL`,
    commandResult.outcome,
    commandResult.message,
    whole(at),
    commandResult.commandId,
    node,
  );
}

export function putCommand(database: Database, command: CommandRecord): void {
  database.durableTransaction(() => {
    database.run(
      `INSERT INTO commands (id, node, payload, issued_at, expires_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (id) DO NOTHING`,
      command.id,
      ensureNode(database, command.node, command.issuedAt),
      command.payload,
      whole(command.issuedAt),
      whole(command.expiresAt),
    );
  });
}

export function pendingCommands(database: Database, node: string, at: number): PendingCommand[] {
  const id = nodeIdOf(database, node);
  if (id === undefined) return [];
  return database.all<PendingCommand & Record<string, unknown>>(
    `SELECT id, payload, expires_at AS expiresAt FROM commands
     WHERE node = ? AND outcome IS NULL AND expires_at > ? ORDER BY issued_at, id`,
    id,
    whole(at),
  );
}

export function commandResult(database: Database, id: string): CommandOutcome | undefined {
  return database.get<CommandOutcome & Record<string, unknown>>(
    `SELECT outcome, message, finished_at AS finishedAt FROM commands WHERE id = ? AND outcome IS NOT NULL`,
    id,
  );
}
