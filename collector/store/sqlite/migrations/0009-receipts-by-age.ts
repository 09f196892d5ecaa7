import type { Migration } from './migration.ts';

/** Receipts are removed for their age without reading all of them. */
export const receiptsByAgeMigration: Migration = {
  version: 9,
  sql: 'CREATE INDEX receipts_by_age ON receipts (stored_at);',
};
