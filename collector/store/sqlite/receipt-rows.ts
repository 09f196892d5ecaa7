import type { IncomingEvent } from '../../ingest/ingest-store.ts';
import type { ReceiptFilter, ReceiptView } from '../fleet-orders.ts';
import { decodeCursor, pageOf, type Page, type PageRequest } from '../page.ts';
import { receiptView, type ReceiptRow } from '../rows/receipt-row.ts';
import type { Database } from './database.ts';

/** The last one of a run counts. In the transaction of its event. */
export function putReceipt(database: Database, node: string, { receipt }: IncomingEvent, at: number): void {
  if (receipt === undefined) return;
  database.run(
    `INSERT INTO receipts (node, run_id, begun_at, receipt, stored_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (node, run_id) DO UPDATE SET receipt = excluded.receipt, stored_at = excluded.stored_at`,
    node,
    receipt.runId,
    receipt.begunAt,
    JSON.stringify(receipt),
    at,
  );
}

const LISTED = `(begun_at, node, run_id) < (?, ?, ?) AND begun_at >= ?
  ORDER BY begun_at DESC, node DESC, run_id DESC LIMIT ?`;
/** Of all nodes, and of one, whose own rows are few: each is read by an index. */
export const LIST_RECEIPTS = `SELECT * FROM receipts WHERE ${LISTED}`;
export const LIST_RECEIPTS_OF_NODE = `SELECT * FROM receipts WHERE node = ? AND ${LISTED}`;

export function receipts(
  database: Database,
  { node, since = 0 }: ReceiptFilter,
  { limit, cursor }: PageRequest,
): Page<ReceiptView> {
  const values = [...decodeCursor(cursor, [Number.MAX_SAFE_INTEGER, '', '']), since, limit + 1];
  const rows =
    node === undefined
      ? database.all<ReceiptRow>(LIST_RECEIPTS, ...values)
      : database.all<ReceiptRow>(LIST_RECEIPTS_OF_NODE, node, ...values);
  return pageOf(rows, limit, (row) => [row.begun_at, row.node, row.run_id], receiptView);
}

export function receipt(database: Database, node: string, runId: string): ReceiptView | undefined {
  const row = database.get<ReceiptRow>('SELECT * FROM receipts WHERE node = ? AND run_id = ?', node, runId);
  return row && receiptView(row);
}

export function receiptsOf(
  database: Database,
  runs: readonly { readonly node: string; readonly runId: string }[],
): ReceiptView[] {
  const rows = database.all<ReceiptRow>(
    `SELECT r.* FROM json_each(?) j CROSS JOIN receipts r ON r.node = j.value ->> 0 AND r.run_id = j.value ->> 1`,
    JSON.stringify(runs.map(({ node, runId }) => [node, runId])),
  );
  return rows.map(receiptView);
}
