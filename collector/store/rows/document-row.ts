import type { StoredDocument } from '../fleet-orders.ts';

/** A document as a database gives it. */
export interface DocumentRow {
  readonly id: string;
  readonly value: string;
  readonly created_at: number;
  readonly changed_at: number;
}

export function documentView({
  id,
  value,
  created_at: createdAt,
  changed_at: changedAt,
}: DocumentRow): StoredDocument {
  return { id, value: JSON.parse(value) as unknown, createdAt, changedAt };
}
