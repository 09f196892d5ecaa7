import { StoreError } from '../store-error.ts';
import type { Database } from './database.ts';
import { MIGRATION_LOCK } from './locks.ts';
import type { Migration } from './migrations/migration.ts';

/**
 * Brings the schema up to date, in one transaction: collectors that start at once do it one after the other, and an
 * interrupted upgrade leaves the schema as it was. Returns the versions it applied. Throws a StoreError `newer-schema`
 * for a database that a newer collector has written.
 */
export function migrate(database: Database, steps: readonly Migration[]): Promise<number[]> {
  return database.transaction(async (statements) => {
    await statements.run(`SELECT ${MIGRATION_LOCK}`);
    await statements.run('CREATE TABLE IF NOT EXISTS schema_version (version integer NOT NULL)');
    const current = await statements.number('SELECT coalesce(max(version), 0) FROM schema_version');
    const newest = steps.at(-1)?.version ?? 0;
    if (current > newest) {
      throw new StoreError(
        'newer-schema',
        `the database has schema ${current} and this collector knows up to ${newest}; run the newer collector, or restore a backup from before the upgrade`,
      );
    }
    const missing = steps.filter(({ version }) => version > current);
    for (const { sql } of missing) await statements.run(sql);
    if (missing.length > 0) {
      await statements.run('DELETE FROM schema_version');
      await statements.run('INSERT INTO schema_version VALUES ($1)', newest);
    }
    return missing.map(({ version }) => version);
  });
}
