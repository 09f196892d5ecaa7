import type { Migration } from './migration.ts';

/** Who said of a difference between two nodes' readings of a layer that they know of it; NULL: nobody yet. */
export const acknowledgementMigration: Migration = {
  version: 6,
  sql: `
    ALTER TABLE verifications
      ADD COLUMN acknowledged_by text,
      ADD COLUMN acknowledged_at bigint,
      ADD COLUMN reason text;
    CREATE INDEX verifications_open ON verifications (at, id)
      WHERE difference IS NOT NULL AND acknowledged_at IS NULL;
  `,
};
