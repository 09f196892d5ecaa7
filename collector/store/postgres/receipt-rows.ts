import type { ReceiptFilter, ReceiptView } from '../fleet-orders.ts';
import { decodeCursor, pageOf, type Page, type PageRequest } from '../page.ts';
import { receiptView, type ReceiptRow } from '../rows/receipt-row.ts';
import { whole } from '../whole.ts';
import type { Statements } from './database.ts';

export async function receipts(
  statements: Statements,
  { node = '', since = 0 }: ReceiptFilter,
  { limit, cursor }: PageRequest,
): Promise<Page<ReceiptView>> {
  const [begunAt, beforeNode, runId] = decodeCursor(cursor, [Number.MAX_SAFE_INTEGER, '', '']);
  const rows = await statements.all<ReceiptRow>(
    `SELECT * FROM receipts
     WHERE (begun_at, node, run_id) < ($1, $2, $3) AND begun_at >= $4 AND ($5 = '' OR node = $5)
     ORDER BY begun_at DESC, node DESC, run_id DESC LIMIT $6`,
    begunAt,
    beforeNode,
    runId,
    whole(since),
    node,
    limit + 1,
  );
  return pageOf(rows, limit, (row) => [row.begun_at, row.node, row.run_id], receiptView);
}

export async function receipt(
  statements: Statements,
  node: string,
  runId: string,
): Promise<ReceiptView | undefined> {
  const row = await statements.get<ReceiptRow>(
    'SELECT * FROM receipts WHERE node = $1 AND run_id = $2',
    node,
    runId,
  );
  return row && receiptView(row);
}
