import type { StoredDocument, VerdictListOutline } from '../fleet-orders.ts';

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

/** A verdict list as a database gives it, counted there: reading all that is on a hundred of them takes seconds. */
export interface VerdictListRow {
  readonly id: string;
  readonly created_at: number;
  readonly changed_at: number;
  readonly issuer: string;
  readonly entries: number;
}

export function verdictListView({
  id: name,
  changed_at: changedAt,
  issuer,
  entries,
}: VerdictListRow): VerdictListOutline {
  return { name, issuer, changedAt, entries };
}
