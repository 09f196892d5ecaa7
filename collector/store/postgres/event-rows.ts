import type { IncomingEvent } from '../../ingest/ingest-store.ts';
import { whole } from '../whole.ts';
import type { Database, Statements } from './database.ts';
import { lockNode } from './node-rows.ts';
import { byteText, rows } from './values.ts';

/** See `IngestStore.eventsStored`. */
export async function eventsStored(statements: Statements, node: string, epoch: string): Promise<number> {
  const row = await statements.get<{ stored_up_to: number }>(
    `SELECT c.stored_up_to FROM event_cursors c JOIN nodes n ON n.id = c.node WHERE n.name = $1 AND c.epoch = $2`,
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
): Promise<number> {
  return database.transaction(async (statements) => {
    const { id } = await lockNode(statements, node, at);
    const stored = await eventsStored(statements, node, epoch);
    const fresh = newOf(events, stored);
    const last = fresh.at(-1)?.number ?? stored;
    await statements.run(
      `INSERT INTO event_cursors (node, epoch, stored_up_to) VALUES ($1, $2, $3)
       ON CONFLICT (node, epoch) DO UPDATE SET stored_up_to = excluded.stored_up_to`,
      id,
      epoch,
      whole(last),
    );
    if (fresh.length === 0) return last;
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
    return last;
  });
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
