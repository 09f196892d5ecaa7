import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StoreError } from '../store-error.ts';
import { Database } from './database.ts';
import { LogSync } from './log-sync.ts';
import { toStoreError } from './sqlite-error.ts';
import { errorMessage } from '../../../platform/error-message.ts';

export interface OpenDatabase {
  readonly path: string;
  readonly database: Database;
  readonly log: LogSync;
  /** Closes the database and lets another process have the folder. */
  close(): void;
}

/** Bytes of database pages kept in memory. */
const CACHE_BYTES = 64 * 1024 * 1024;
/** What the write-ahead log is cut back to after it has grown. */
const JOURNAL_BYTES = 64 * 1024 * 1024;

/**
 * Opens `tallyman.db` in a folder, both made when absent, for this process alone.
 * Throws a StoreError: `locked` when another process has it, `denied`, `corrupt`, `full`.
 */
export function openDatabase(directory: string): OpenDatabase {
  const path = join(directory, 'tallyman.db');
  makeDirectory(directory);
  const unlock = lock(directory);
  try {
    const connection = new DatabaseSync(path, { timeout: 5000 });
    connection.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      PRAGMA foreign_keys = ON;
      PRAGMA trusted_schema = OFF;
      PRAGMA cache_size = -${CACHE_BYTES / 1024};
      PRAGMA journal_size_limit = ${JOURNAL_BYTES};
    `);
    const database = new Database(connection);
    const log = new LogSync(`${path}-wal`);
    return {
      path,
      database,
      log,
      close() {
        void log.close();
        database.close();
        unlock();
      },
    };
  } catch (error) {
    unlock();
    throw toStoreError(error, path);
  }
}

function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    const why = errorMessage(error);
    throw new StoreError(
      'denied',
      `the data directory ${directory} cannot be made (${why}); create it, writable for the collector, or choose another data-dir`,
      error,
    );
  }
}

/** An exclusive lock on a file beside the database; the system lifts it when the process ends, however it ends. */
function lock(directory: string): () => void {
  const path = join(directory, 'collector.lock');
  try {
    const connection = new DatabaseSync(path, { timeout: 0 });
    try {
      connection.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    } catch (error) {
      connection.close();
      throw error;
    }
    return () => connection.close();
  } catch (error) {
    const known = toStoreError(error, path);
    if (known.code !== 'locked') throw known;
    throw new StoreError(
      'locked',
      `another collector is using ${directory}; stop it, or choose another data-dir`,
      error,
    );
  }
}
