import type { Migration } from './migration.ts';

/** Content that nothing needs is marked, and removed later: nodes remember what they were told is held. */
export const unusedContentMigration: Migration = {
  version: 10,
  sql: `
    -- When pruning found that nothing needs it, and no node asked since.
    ALTER TABLE layers ADD COLUMN unused_since INTEGER;
    ALTER TABLE compositions ADD COLUMN unused_since INTEGER;
    CREATE INDEX layers_unused ON layers (unused_since) WHERE unused_since IS NOT NULL;
    CREATE INDEX compositions_unused ON compositions (unused_since) WHERE unused_since IS NOT NULL;
  `,
};
