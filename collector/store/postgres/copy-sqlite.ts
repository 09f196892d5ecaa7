import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { equalBytes } from '../../../core/state-tree.ts';
import { NodeSet } from '../node-set.ts';
import type { Database as Source } from '../sqlite/database.ts';
import { migrate as migrateSource } from '../sqlite/migrate.ts';
import { migrations as sourceMigrations } from '../sqlite/migrations/index.ts';
import { openDatabase } from '../sqlite/open.ts';
import { bucketHashes as sourceHashes } from '../sqlite/state.ts';
import { StoreError } from '../store-error.ts';
import { COPIED_TABLES, type CopiedTable, type SourceRow } from './copied-tables.ts';
import { connectDatabase, type Statements } from './database.ts';
import { migrate } from './migrate.ts';
import { migrations } from './migrations/index.ts';
import { toStoreError } from './postgres-error.ts';
import { bucketHashes } from './state.ts';
import { byteText, rows } from './values.ts';

/** Rows written at a time, and characters after which no more are added: some rows have a megabyte. */
const BATCH_ROWS = 2000;
const BATCH_LENGTH = 4 * 1024 * 1024;

export interface CopyOptions {
  /** Folder of the embedded database. No collector may use it. */
  readonly from: string;
  /** URL of an empty PostgreSQL database. */
  readonly to: string;
  /** How far it is: of a table, or of the nodes whose state is compared. */
  readonly onProgress: (what: string, done: number, total: number) => void;
}

export interface Copied {
  readonly rows: number;
  readonly nodes: number;
}

/** A statement of a copy takes as long as it takes. */
const COPY_MS = 24 * 3_600_000;

/**
 * Copies the embedded database into an empty PostgreSQL one, in one transaction: it is there wholly, and equal to what
 * was copied, or not at all. The number of rows of each table is compared, and the state of each node by its hashes.
 * Throws a StoreError.
 */
export async function copyToPostgres(options: CopyOptions): Promise<Copied> {
  if (!existsSync(join(options.from, 'tallyman.db'))) {
    throw new StoreError('invalid', `${options.from} holds no tallyman.db; name the data-dir of a collector`);
  }
  const target = connectDatabase({ url: options.to, most: 1, answerMs: COPY_MS });
  try {
    const opened = openDatabase(options.from);
    try {
      migrateSource(opened.database, sourceMigrations);
      await migrate(target, migrations);
      const copied = await target.transaction((statements) => copy(opened.database, statements, options));
      await target.run('ANALYZE');
      return copied;
    } finally {
      opened.close();
    }
  } catch (error) {
    throw toStoreError(error);
  } finally {
    await target.close(5);
  }
}

async function copy(source: Source, target: Statements, { onProgress }: CopyOptions): Promise<Copied> {
  await target.run(`SELECT set_config('statement_timeout', '0', true),
    set_config('idle_in_transaction_session_timeout', '0', true)`);
  // A collector that starts meanwhile waits, and finds everything, or nothing.
  await target.run('LOCK TABLE nodes, replicas IN ACCESS EXCLUSIVE MODE');
  await refuseUsed(target);
  let total = 0;
  for (const table of COPIED_TABLES) {
    total += await copyTable(source, target, table, (done, of) => onProgress(table.name, done, of));
  }
  await copyHolders(source, target);
  await continueNumbers(source, target);
  return { rows: total, nodes: await compareStates(source, target, onProgress) };
}

async function refuseUsed(target: Statements): Promise<void> {
  for (const { name } of [...COPIED_TABLES, { name: 'replicas' }]) {
    if ((await target.get(`SELECT 1 FROM ${name} LIMIT 1`)) === undefined) continue;
    throw new StoreError(
      'invalid',
      `the target is not empty: it has ${name}; name a database that no collector has used`,
    );
  }
}

async function copyTable(
  source: Source,
  target: Statements,
  table: CopiedTable,
  onProgress: (done: number, total: number) => void,
): Promise<number> {
  const { name, derive } = table;
  const total = source.number(`SELECT count(*) FROM ${name}`);
  const types = await columnTypes(target, name);
  let sql: string | undefined;
  let batch: Record<string, string | number | null>[] = [];
  let length = 0;
  let done = 0;

  async function write(): Promise<void> {
    if (batch.length === 0 || sql === undefined) return;
    await target.run(sql, rows(batch));
    done += batch.length;
    batch = [];
    length = 0;
    onProgress(done, total);
  }

  onProgress(0, total);
  for (const row of source.iterate<SourceRow>(table.source ?? `SELECT * FROM ${name}`)) {
    const all = { ...row, ...derive?.(row) };
    const columns = Object.keys(all).filter((column) => types.has(column));
    sql ??= insertion(name, columns, types);
    const fields = columns.map((column) => [column, fieldOf(all[column])] as const);
    batch.push(Object.fromEntries(fields));
    for (const [, field] of fields) length += typeof field === 'string' ? field.length : 0;
    if (batch.length === BATCH_ROWS || length >= BATCH_LENGTH) await write();
  }
  await write();
  const written = await target.number(`SELECT count(*) FROM ${name}`);
  if (written === total) return total;
  throw new StoreError(
    'failed',
    `${name} has ${total} rows and ${written} of them arrived; nothing was kept, try again`,
  );
}

function insertion(table: string, columns: readonly string[], types: ReadonlyMap<string, string>): string {
  const names = columns.join(', ');
  const typed = columns.map((column) => `${column} ${types.get(column)}`).join(', ');
  return `INSERT INTO ${table} (${names}) SELECT ${names} FROM json_to_recordset($1::json) AS r (${typed})`;
}

/** Those that can be written. */
async function columnTypes(target: Statements, table: string): Promise<Map<string, string>> {
  const columns = await target.all<{ name: string; type: string }>(
    `SELECT column_name AS name, data_type AS type FROM information_schema.columns
     WHERE table_schema = current_schema() AND table_name = $1 AND is_generated = 'NEVER'`,
    table,
  );
  return new Map(columns.map(({ name, type }) => [name, type]));
}

function fieldOf(value: SourceRow[string] | undefined): string | number | null {
  return value instanceof Uint8Array ? byteText(value) : (value ?? null);
}

async function copyHolders(source: Source, target: Statements): Promise<void> {
  const images = source.all<{ image: number; nodes: string }>(
    'SELECT image, json_group_array(node) AS nodes FROM node_images GROUP BY image',
  );
  const holders = images.map(({ image, nodes }) => {
    const set = new NodeSet();
    for (const node of JSON.parse(nodes) as number[]) set.add(node);
    return { image, bits: byteText(set.bytes()) };
  });
  await target.run(
    `INSERT INTO image_holders (image, bits)
     SELECT * FROM json_to_recordset($1::json) AS r (image bigint, bits bytea)`,
    rows(holders),
  );
}

/** Ids and lease tokens go on where they were: none is given twice. */
async function continueNumbers(source: Source, target: Statements): Promise<void> {
  const given = new Map(
    source
      .all<{ name: string; seq: number }>('SELECT name, seq FROM sqlite_sequence')
      .map(({ name, seq }) => [name, seq]),
  );
  const identities = await target.all<{ table: string; column: string }>(
    `SELECT table_name AS table, column_name AS column FROM information_schema.columns
     WHERE table_schema = current_schema() AND is_identity = 'YES'`,
  );
  for (const { table, column } of identities) {
    await target.run(
      `SELECT setval(pg_get_serial_sequence($1, $2), greatest(1, $3, (SELECT max(${column}) FROM ${table})))`,
      table,
      column,
      given.get(table) ?? 1,
    );
  }
}

async function compareStates(
  source: Source,
  target: Statements,
  onProgress: CopyOptions['onProgress'],
): Promise<number> {
  const names = source.all<{ name: string }>('SELECT name FROM nodes ORDER BY name');
  for (const [at, { name }] of names.entries()) {
    if (!equalBytes(sourceHashes(source, name), await bucketHashes(target, name))) {
      throw new StoreError(
        'failed',
        `the state of node ${name} arrived changed; nothing was kept, try again`,
      );
    }
    if (at % 100 === 0) onProgress('nodes compared', at, names.length);
  }
  onProgress('nodes compared', names.length, names.length);
  return names.length;
}
