import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { Database, integer, text } from './database.ts';
import { migrations } from './migrations.ts';
import { StateError, stateError } from './state-error.ts';

/** Why an earlier file was set aside and a new one begun: all that it held is gone, ages and unsent events too. */
export interface Recovery {
  /** `newer`: written by a later release than this one. `foreign`: a database, but none of ours. */
  readonly reason: 'corrupt' | 'newer' | 'foreign';
  readonly detail: string;
  /** Where the file is now. Only the last one set aside is kept. */
  readonly movedTo: string;
}

export interface OpenOptions {
  /** ms since the epoch, for the name of a file that is set aside. */
  readonly wall: number;
  /** How long to wait for another process that holds the file. Blocks. */
  readonly busyTimeoutMs: number;
}

const SET_ASIDE = /^state\.db\.(corrupt|newer|foreign)-/;

type Misfit = Pick<Recovery, 'reason' | 'detail'>;

const FILE = 'state.db';
/** The file's `application_id`: "TLMN". */
const APPLICATION = 0x544c4d4e;

/**
 * Opens or makes `state.db` in a directory, which is made too, and builds on it. A file that proves unusable, while it is
 * opened or built on, is set aside and a new one made. Throws a StateError when it is the place that does not serve.
 */
export function openDatabase<T>(
  directory: string,
  options: OpenOptions,
  build: (database: Database) => T,
): { readonly built: T; readonly recovered?: Recovery } {
  const path = join(directory, FILE);
  const earlier = setAsideBefore(directory);
  makeFile(directory, path);
  const first = attempt(path, options.busyTimeoutMs, build);
  if ('built' in first) return { ...first, ...(earlier && { recovered: earlier }) };
  const recovered = { ...first, movedTo: setAside(directory, first.reason, options.wall) };
  makeFile(directory, path);
  const second = attempt(path, options.busyTimeoutMs, build);
  if ('built' in second) return { ...second, recovered };
  throw new StateError('failed', `${path} is unusable right after it was made: ${second.detail}`);
}

/** Closes; a file that was found damaged is set aside at once, so that the next start does not depend on finding it so. */
export function closeDatabase(directory: string, database: Database, wall: number): void {
  try {
    database.close();
  } finally {
    if (database.damaged) setAside(directory, 'corrupt', wall);
  }
}

/** What was built, or what is wrong with the file. */
function attempt<T>(
  path: string,
  busyTimeoutMs: number,
  build: (database: Database) => T,
): { readonly built: T } | Misfit {
  // Removed at a proper end, so it tells of another one.
  const unclean = sizeOf(`${path}-wal`) > 0;
  let database: Database | undefined;
  try {
    database = new Database(path, busyTimeoutMs);
    const misfit = prepare(database, unclean);
    if (misfit === undefined) return { built: build(database) };
    database.close();
    return misfit;
  } catch (error) {
    closeQuietly(database);
    const wrapped = stateError(path, error);
    if (wrapped.code === 'corrupt') return { reason: 'corrupt', detail: wrapped.message };
    throw wrapped;
  }
}

/** After an error that already says what is wrong. */
function closeQuietly(database: Database | undefined): void {
  try {
    database?.close();
  } catch {
    return;
  }
}

function prepare(database: Database, unclean: boolean): Misfit | undefined {
  // Before the first look into the file: then its log is kept in our memory, not in a shared file.
  database.execute('PRAGMA locking_mode = EXCLUSIVE');
  const application = pragma(database, 'application_id');
  const version = pragma(database, 'user_version');
  const empty = database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
  if (!empty && application !== APPLICATION)
    return { reason: 'foreign', detail: 'another program made the file' };
  if (version > migrations.length) {
    return { reason: 'newer', detail: `its version is ${version}; this release knows ${migrations.length}` };
  }
  // Counts before the first table only, and writes each time: an agent must start on a full disk.
  if (empty) database.execute('PRAGMA auto_vacuum = INCREMENTAL');
  database.execute(`
    PRAGMA journal_mode = WAL;
    PRAGMA journal_size_limit = 4194304;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -2048;
    PRAGMA cell_size_check = ON;
    PRAGMA trusted_schema = OFF;
  `);
  const damage = unclean ? damageOf(database) : undefined;
  if (damage !== undefined) return { reason: 'corrupt', detail: damage };
  migrate(database, version);
  return undefined;
}

function migrate(database: Database, version: number): void {
  for (const [step, sql] of migrations.entries()) {
    if (step < version) continue;
    database.transaction('durable', () => {
      database.execute(sql);
      database.execute(`PRAGMA user_version = ${step + 1}; PRAGMA application_id = ${APPLICATION}`);
    });
  }
}

/** Reads the whole file, so not at every start. */
function damageOf(database: Database): string | undefined {
  const row = database.prepare('PRAGMA quick_check(1)').get();
  const found = row === undefined ? 'no answer' : text(row, 'quick_check');
  return found === 'ok' ? undefined : found;
}

function pragma(database: Database, name: string): number {
  const row = database.prepare(`PRAGMA ${name}`).get();
  return row === undefined ? 0 : integer(row, name);
}

/** For our own user alone: it tells what runs on the node. */
function makeFile(directory: string, path: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    closeSync(openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600));
  } catch (error) {
    throw stateError(directory, error);
  }
}

function setAside(directory: string, reason: Recovery['reason'], wall: number): string {
  const name = `${FILE}.${reason}-${new Date(wall).toISOString().replaceAll(':', '')}`;
  try {
    for (const entry of readdirSync(directory)) {
      if (SET_ASIDE.test(entry)) rmSync(join(directory, entry), { force: true });
    }
    for (const suffix of ['', '-wal', '-shm', '-journal']) {
      if (sizeOf(join(directory, FILE + suffix)) < 0) continue;
      renameSync(join(directory, FILE + suffix), join(directory, name + suffix));
    }
  } catch (error) {
    throw stateError(directory, error);
  }
  return join(directory, name);
}

/** The file that an agent set aside as it ended, with none begun in its place since. */
function setAsideBefore(directory: string): Recovery | undefined {
  try {
    if (sizeOf(join(directory, FILE)) >= 0) return undefined;
    const name = readdirSync(directory).find((entry) => SET_ASIDE.test(entry) && entry.endsWith('Z'));
    const reason = name === undefined ? undefined : SET_ASIDE.exec(name)?.[1];
    if (name === undefined || reason === undefined) return undefined;
    const detail = 'it was found so while in use';
    return { reason: reason as Recovery['reason'], detail, movedTo: join(directory, name) };
  } catch {
    // There is no directory, or none that serves: making the file says so.
    return undefined;
  }
}

/** -1 where there is no such file. */
function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? -1;
}
