import type { ReceiptRecord } from '../../ingest/ingest-store.ts';
import type { ReceiptView } from '../fleet-orders.ts';

/** A receipt as a database gives it. */
export interface ReceiptRow {
  readonly node: string;
  readonly run_id: string;
  readonly begun_at: number;
  readonly receipt: string;
  readonly stored_at: number;
}

export function receiptView({ node, receipt: text, stored_at: storedAt }: ReceiptRow): ReceiptView {
  return { node, storedAt, ...(JSON.parse(text) as ReceiptRecord) };
}
