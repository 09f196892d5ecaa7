import type { IncomingEvent } from '../../ingest/ingest-store.ts';
import { finishCommand } from './command-rows.ts';
import { whole } from '../whole.ts';
import type { Database } from './database.ts';
import { ensureNode, nodeIdOf } from './node-rows.ts';
import { putReceipt } from './receipt-rows.ts';

/** Epochs whose last numbers are kept of a node, beside those of which events are there. */
const MOST_EPOCHS = 8;

/** See `IngestStore.eventsStored`. */
export function eventsStored(database: Database, node: string, epoch: string): number {
  const id = nodeIdOf(database, node);
  if (id === undefined) return 0;
  return cursorOf(database, id, epoch) ?? lastOf(database, id, epoch);
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
    const cursor = cursorOf(database, id, epoch);
    const stored = cursor ?? lastOf(database, id, epoch);
    let last = stored;
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
    if (last === stored) return last;
    database.run(
      `INSERT INTO event_cursors (node, epoch, stored_up_to) VALUES (?, ?, ?)
       ON CONFLICT (node, epoch) DO UPDATE SET stored_up_to = excluded.stored_up_to`,
      id,
      epoch,
      whole(last),
    );
    if (cursor === undefined) forgetEpochs(database, id);
    return last;
  });
}

function cursorOf(database: Database, node: number, epoch: string): number | undefined {
  return database.get<{ stored_up_to: number }>(
    'SELECT stored_up_to FROM event_cursors WHERE node = ? AND epoch = ?',
    node,
    epoch,
  )?.stored_up_to;
}

/** Of an epoch that was forgotten its events may still be there. */
function lastOf(database: Database, node: number, epoch: string): number {
  return database.number('SELECT max(number) FROM events WHERE node = ? AND epoch = ?', node, epoch);
}

/** A node may invent as many epochs as it likes: those with the newest events are kept. */
function forgetEpochs(database: Database, node: number): void {
  database.run(
    `DELETE FROM event_cursors WHERE node = ?1 AND epoch IN (
       SELECT epoch FROM event_cursors c WHERE node = ?1
       ORDER BY (SELECT id FROM events e WHERE e.node = c.node AND e.epoch = c.epoch ORDER BY number DESC LIMIT 1) DESC
       LIMIT -1 OFFSET ${MOST_EPOCHS})`,
    node,
  );
}
