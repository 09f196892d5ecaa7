import type { ReceiptFilter, ReceiptView } from '../fleet-orders.ts';
import { decodeCursor, pageOf, type Page, type PageRequest } from '../page.ts';
import { receiptView, type ReceiptRow } from '../rows/receipt-row.ts';
import { whole } from '../whole.ts';
import type { Statements } from './database.ts';
import { list } from './values.ts';

const SELECT = 'SELECT * FROM receipts WHERE (begun_at, node, run_id) < ($1, $2, $3) AND begun_at >= $4';
const REST = 'ORDER BY begun_at DESC, node DESC, run_id DESC LIMIT $5';

export async function receipts(
  statements: Statements,
  { node, since = 0 }: ReceiptFilter,
  { limit, cursor }: PageRequest,
): Promise<Page<ReceiptView>> {
  const values = [...decodeCursor(cursor, [Number.MAX_SAFE_INTEGER, '', '']), whole(since), limit + 1];
  const rows =
    node === undefined
      ? await statements.all<ReceiptRow>(`${SELECT} ${REST}`, ...values)
      : await statements.all<ReceiptRow>(`${SELECT} AND node = $6 ${REST}`, ...values, node);
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

export async function receiptsOf(
  statements: Statements,
  runs: readonly { readonly node: string; readonly runId: string }[],
): Promise<ReceiptView[]> {
  const found = await statements.all<ReceiptRow>(
    `SELECT r.* FROM unnest($1::text[], $2::text[]) AS asked (node, run_id)
     JOIN receipts r ON r.node = asked.node AND r.run_id = asked.run_id`,
    list(runs.map(({ node }) => node)),
    list(runs.map(({ runId }) => runId)),
  );
  return found.map(receiptView);
}
