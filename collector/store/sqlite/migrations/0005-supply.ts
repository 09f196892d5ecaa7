import type { Migration } from './migration.ts';

/** Which node is asked for which content, which supplied it, and what a second node made of it. */
export const supplyMigration: Migration = {
  version: 5,
  sql: `
    -- AUTOINCREMENT: no token is ever given twice.
    CREATE TABLE content_leases (
      token INTEGER PRIMARY KEY AUTOINCREMENT,
      kind TEXT NOT NULL,
      key TEXT NOT NULL,
      cataloger_set TEXT NOT NULL,
      node TEXT NOT NULL,
      lapses_at INTEGER NOT NULL,
      UNIQUE (kind, key, cataloger_set)
    ) STRICT;
    CREATE INDEX content_leases_by_lapse ON content_leases (lapses_at);

    -- Empty: stored before this was kept, or imported.
    ALTER TABLE readings ADD COLUMN node TEXT NOT NULL DEFAULT '';

    -- By name, so that a difference outlives the layer. difference: JSON, absent when both nodes read the same.
    CREATE TABLE verifications (
      id INTEGER PRIMARY KEY,
      diff_id TEXT NOT NULL,
      cataloger_set TEXT NOT NULL,
      node TEXT NOT NULL,
      at INTEGER NOT NULL,
      difference TEXT,
      UNIQUE (diff_id, cataloger_set)
    ) STRICT;
    CREATE INDEX verifications_by_time ON verifications (at, id);
    CREATE INDEX verifications_different ON verifications (at, id) WHERE difference IS NOT NULL;
  `,
};
