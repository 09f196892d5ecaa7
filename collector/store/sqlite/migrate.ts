import { StoreError } from '../store-error.ts';
import type { Database } from './database.ts';
import type { Migration } from './migrations/migration.ts';

/**
 * Brings the schema up to date, each step in a transaction of its own, so that an interrupted upgrade goes on
 * where it stopped. Returns the versions it applied. Throws a StoreError `newer-schema` for a database that a
 * newer collector has written, and leaves it untouched.
 */
export function migrate(database: Database, steps: readonly Migration[]): number[] {
  const current = database.number('PRAGMA user_version');
  const newest = steps.at(-1)?.version ?? 0;
  if (current > newest) {
    throw new StoreError(
      'newer-schema',
      `the database has schema ${current} and this collector knows up to ${newest}; run the newer collector, or restore a backup from before the upgrade`,
    );
  }
  const applied: number[] = [];
  for (const { version, sql } of steps) {
    if (version <= current) continue;
    database.durableTransaction(() => {
      database.execute(sql);
      database.execute(`PRAGMA user_version = ${version}`);
    });
    applied.push(version);
  }
  return applied;
}
