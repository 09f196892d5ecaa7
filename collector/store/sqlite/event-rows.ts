import type { IncomingEvent } from '../../ingest/ingest-store.ts';
import { finishCommand } from './command-rows.ts';
import { whole } from '../whole.ts';
import type { Database } from './database.ts';
import { ensureNode } from './node-rows.ts';
import { putReceipt } from './receipt-rows.ts';

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
  return database.transaction(() => {
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
      putReceipt(database, node, event, at);
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
