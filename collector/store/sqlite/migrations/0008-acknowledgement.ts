import type { Migration } from './migration.ts';

/** Who said of a difference between two nodes' readings of a layer that they know of it; NULL: nobody yet. */
export const acknowledgementMigration: Migration = {
  version: 8,
  sql: `
    ALTER TABLE verifications ADD COLUMN acknowledged_by TEXT;
    ALTER TABLE verifications ADD COLUMN acknowledged_at INTEGER;
    ALTER TABLE verifications ADD COLUMN reason TEXT;
    CREATE INDEX verifications_open ON verifications (at, id)
      WHERE difference IS NOT NULL AND acknowledged_at IS NULL;
  `,
};
