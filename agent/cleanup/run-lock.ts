import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { CleanupError } from './cleanup-error.ts';

/**
 * Takes the one lock that lets a process remove images on this node; gives it back by the function it answers. The kernel
 * gives it back too when the process ends in any way: SQLite's lock on an empty database is one of fcntl(2).
 * Throws a CleanupError `busy` when another process has it.
 */
export function takeRunLock(path: string): () => void {
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    database = new DatabaseSync(path, { timeout: 0 });
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    const { errcode } = error as { errcode?: number };
    if (errcode === SQLITE_BUSY)
      throw new CleanupError(
        'busy',
        'another cleanup runs on this node; wait for its end, or watch it',
        error,
      );
    throw new CleanupError('journal', `the cleanup lock ${path} cannot be taken: ${String(error)}`, error);
  }
  const held = database;
  return () => held.close();
}

/** Source: sqlite3.h, result codes. */
const SQLITE_BUSY = 5;
