import type { CommandView } from '../fleet-orders.ts';

/** A command as a database gives it, without what it says. */
export interface CommandRow {
  readonly id: string;
  readonly node: string;
  readonly issuer: string;
  readonly action: string;
  readonly issued_at: number;
  readonly expires_at: number;
  readonly sent_at: number | null;
  readonly outcome: 'done' | 'failed' | 'refused' | 'expired' | null;
  readonly message: string | null;
  readonly finished_at: number | null;
  readonly audit_hash: string | null;
  readonly audit_sequence: number | null;
  readonly has_detail: number;
}

/** `at`: now. */
export function commandView(row: CommandRow, at: number): CommandView {
  const { id, node, issuer, action, outcome, audit_hash: hash, audit_sequence: sequence } = row;
  const state = row.expires_at <= at ? 'expired' : row.sent_at === null ? 'waiting' : 'sent';
  return {
    id,
    node,
    issuer,
    action,
    issuedAt: row.issued_at,
    expiresAt: row.expires_at,
    state: outcome ?? state,
    ...(row.sent_at !== null && { sentAt: row.sent_at }),
    ...(row.finished_at !== null && { finishedAt: row.finished_at }),
    ...(row.message !== null && { message: row.message }),
    ...(hash !== null && sequence !== null && { audit: { hash, sequence } }),
    hasDetail: row.has_detail === 1,
  };
}
