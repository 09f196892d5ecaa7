import type { Migration } from './migration.ts';

/** Which builds an image's layers came from, as JSON; NULL when none is known. */
export const buildsMigration: Migration = {
  version: 5,
  sql: 'ALTER TABLE compositions ADD COLUMN builds text;',
};
