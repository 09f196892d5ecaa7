import type { IncomingEvent } from '../../ingest/ingest-store.ts';
import { whole } from '../whole.ts';
import type { Database, Statements } from './database.ts';
import { lockNode } from './node-rows.ts';
import { byteText, rows } from './values.ts';

/** Epochs whose last numbers are kept of a node, beside those of which events are there. */
const MOST_EPOCHS = 8;

interface Stored {
  readonly last: number;
  readonly isRemembered: boolean;
}

/** See `IngestStore.eventsStored`. */
export async function eventsStored(statements: Statements, node: string, epoch: string): Promise<number> {
  return (await storedOf(statements, node, epoch)).last;
}

/** Of an epoch that was forgotten its events may still be there. */
async function storedOf(statements: Statements, node: string, epoch: string): Promise<Stored> {
  const row = await statements.get<{ cursor: number | null; last: number | null }>(
    `SELECT c.stored_up_to AS cursor, coalesce(c.stored_up_to,
       (SELECT max(number) FROM events e WHERE e.node = n.id AND e.epoch = $2)) AS last
     FROM nodes n LEFT JOIN event_cursors c ON c.node = n.id AND c.epoch = $2 WHERE n.name = $1`,
    node,
    epoch,
  );
  return { last: row?.last ?? 0, isRemembered: (row?.cursor ?? null) !== null };
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
): Promise<number> {
  return database.transaction(async (statements) => {
    const { id } = await lockNode(statements, node, at);
    const stored = await storedOf(statements, node, epoch);
    const fresh = newOf(events, stored.last);
    const newest = fresh.at(-1);
    if (newest === undefined) return stored.last;
    await statements.run(
      `INSERT INTO event_cursors (node, epoch, stored_up_to) VALUES ($1, $2, $3)
       ON CONFLICT (node, epoch) DO UPDATE SET stored_up_to = excluded.stored_up_to`,
      id,
      epoch,
      whole(newest.number),
    );
    await statements.run(
      `INSERT INTO events (node, epoch, number, time, kind, payload, stored_at)
       SELECT $1, $2, r.number, r.time, r.kind, r.payload, $3
       FROM json_to_recordset($4::json) AS r (number bigint, time bigint, kind text, payload bytea) ORDER BY r.number`,
      id,
      epoch,
      whole(at),
      rows(fresh.map(columnsOf)),
    );
    await finishCommands(statements, id, fresh, at);
    await putReceipts(statements, node, fresh, at);
    if (!stored.isRemembered) await forgetEpochs(statements, id);
    return newest.number;
  });
}

/** A node may invent as many epochs as it likes: those with the newest events are kept. */
async function forgetEpochs(statements: Statements, node: number): Promise<void> {
  await statements.run(
    `DELETE FROM event_cursors WHERE node = $1 AND epoch IN (
       SELECT epoch FROM event_cursors c WHERE node = $1
       ORDER BY (SELECT id FROM events e WHERE e.node = c.node AND e.epoch = c.epoch ORDER BY number DESC LIMIT 1)
         DESC NULLS LAST
       OFFSET ${MOST_EPOCHS})`,
    node,
  );
}

/** Those above `stored`, ascending, each number once. */
function newOf(events: readonly IncomingEvent[], stored: number): IncomingEvent[] {
  let last = stored;
  return events
    .toSorted((a, b) => a.number - b.number)
    .filter(({ number }) => {
      if (number <= last) return false;
      last = number;
      return true;
    });
}

function columnsOf({ number, time, kind, payload }: IncomingEvent) {
  return { number: whole(number), time: whole(time), kind, payload: byteText(payload) };
}

/** The first result counts; another node's word on a command is none. */
async function finishCommands(
  statements: Statements,
  node: number,
  events: readonly IncomingEvent[],
  at: number,
): Promise<void> {
  const results = new Map<string, ReturnType<typeof resultColumns>>();
  for (const { commandResult } of events) {
    if (commandResult === undefined || results.has(commandResult.commandId)) continue;
    results.set(commandResult.commandId, resultColumns(commandResult));
  }
  if (results.size === 0) return;
  await statements.run(
    `UPDATE commands c SET outcome = r.outcome, message = r.message, detail = r.detail, audit_hash = r.audit_hash,
       audit_sequence = r.audit_sequence, finished_at = $2
     FROM json_to_recordset($3::json) AS r (id text, outcome text, message text, detail bytea, audit_hash text,
       audit_sequence bigint)
     WHERE c.id = r.id AND c.node = $1 AND c.outcome IS NULL`,
    node,
    whole(at),
    rows([...results.values()]),
  );
}

function resultColumns({
  commandId,
  outcome,
  message,
  detail,
  audit,
}: NonNullable<IncomingEvent['commandResult']>) {
  return {
    id: commandId,
    outcome,
    message,
    detail: detail === undefined ? null : byteText(detail),
    audit_hash: audit?.hash ?? null,
    audit_sequence: audit === undefined ? null : whole(audit.sequence),
  };
}

/** The last one of a run counts. */
async function putReceipts(
  statements: Statements,
  node: string,
  events: readonly IncomingEvent[],
  at: number,
): Promise<void> {
  const receipts = new Map(
    events.flatMap(({ receipt }) => (receipt === undefined ? [] : [[receipt.runId, receipt] as const])),
  );
  if (receipts.size === 0) return;
  await statements.run(
    `INSERT INTO receipts (node, run_id, begun_at, receipt, stored_at)
     SELECT $1, r.run_id, r.begun_at, r.receipt, $2
     FROM json_to_recordset($3::json) AS r (run_id text, begun_at bigint, receipt text)
     ON CONFLICT (node, run_id) DO UPDATE SET receipt = excluded.receipt, stored_at = excluded.stored_at`,
    node,
    whole(at),
    rows(
      [...receipts.values()].map((receipt) => ({
        run_id: receipt.runId,
        begun_at: whole(receipt.begunAt),
        receipt: JSON.stringify(receipt),
      })),
    ),
  );
}
