import type { FactsDifference } from '../../ingest/ingest-store.ts';
import type { VerificationView } from '../views.ts';

/** What a second node made of a layer, as a database gives it. */
export interface VerificationRow {
  readonly id: number;
  readonly diff_id: string;
  readonly cataloger_set: string;
  readonly node: string;
  readonly at: number;
  readonly difference: string | null;
  readonly acknowledged_by: string | null;
  readonly acknowledged_at: number | null;
  readonly reason: string | null;
}

export function verificationView(row: VerificationRow): VerificationView {
  const { acknowledged_by: by, acknowledged_at: acknowledgedAt, reason } = row;
  return {
    diffId: row.diff_id,
    catalogerSet: row.cataloger_set,
    node: row.node,
    outcome: row.difference === null ? 'same' : 'different',
    at: row.at,
    ...(row.difference !== null && { difference: JSON.parse(row.difference) as FactsDifference }),
    ...(by !== null &&
      acknowledgedAt !== null && {
        acknowledged: { by, at: acknowledgedAt, ...(reason !== null && { reason }) },
      }),
  };
}
