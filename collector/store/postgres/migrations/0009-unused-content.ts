import type { Migration } from './migration.ts';

/** Content that nothing needs is marked, and removed later: collectors remember what is held. */
export const unusedContentMigration: Migration = {
  version: 9,
  sql: `
    -- When pruning found that nothing needs it, and no node asked since.
    ALTER TABLE layers ADD COLUMN unused_since bigint;
    ALTER TABLE compositions ADD COLUMN unused_since bigint;
    CREATE INDEX layers_unused ON layers (unused_since) WHERE unused_since IS NOT NULL;
    CREATE INDEX compositions_unused ON compositions (unused_since) WHERE unused_since IS NOT NULL;

    -- One row: how often content was marked. As long as it stays, all that was held and not marked still is.
    CREATE TABLE content_markings (count bigint NOT NULL);
    INSERT INTO content_markings VALUES (0);
  `,
};
