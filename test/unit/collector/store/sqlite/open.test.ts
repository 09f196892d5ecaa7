import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { Database } from '../../../../../collector/store/sqlite/database.ts';
import { migrate } from '../../../../../collector/store/sqlite/migrate.ts';
import { migrations } from '../../../../../collector/store/sqlite/migrations/index.ts';
import { toStoreError } from '../../../../../collector/store/sqlite/sqlite-error.ts';
import { openSqliteStore } from '../../../../../collector/store/sqlite/sqlite-store.ts';
import type { Store } from '../../../../../collector/store/store.ts';
import { imageOf, incoming, layerContent, startNode } from '../../../../support/fleet.ts';

const root = mkdtempSync(join(tmpdir(), 'tallyman-store-'));
after(() => rmSync(root, { recursive: true }));

let count = 0;
function folder(): string {
  count += 1;
  return join(root, `store-${count}`);
}

function open(directory: string): Store {
  return openSqliteStore(directory, (error) => {
    throw error;
  });
}

/** Tables, indexes and triggers, as SQLite has them. */
function schemaOf(path: string): unknown[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return database.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY name').all();
  } finally {
    database.close();
  }
}

test('what was stored is there when the store is opened again, and sessions have ended', async () => {
  const directory = folder();
  const layer = layerContent('l', []);
  const { ref, composition, image } = imageOf('i', [layer]);
  const item = incoming({ kind: 'image', value: image });
  const first = open(directory);
  await startNode(first, 'node-a', 1);
  await first.putLayerFacts(layer.ref, layer.facts, 1);
  await first.putComposition(ref, composition, 1);
  await first.applyState('node-a', [item], [], 1);
  await first.heartbeat('node-a', 99, 'ok');
  const hashes = await first.bucketHashes('node-a');
  await first.close();

  const second = open(directory);
  try {
    const node = await second.node('node-a');
    assert.deepEqual([node?.status, node?.lastSeen, node?.counts.images], ['disconnected', 99, 1]);
    assert.deepEqual(await second.bucketHashes('node-a'), hashes);
    assert.deepEqual(await second.lacking([layer.ref, ref]), []);
    assert.equal((await second.image(image.imageId))?.spread.nodes, 1);
  } finally {
    await second.close();
  }
});

test('an older file is brought up to date with what it holds, and ends like a new one', async () => {
  for (let version = 0; version < migrations.length; version += 1) {
    const directory = folder();
    await open(directory).close();
    const path = join(directory, 'tallyman.db');
    rmSync(path);
    const older = new Database(new DatabaseSync(path));
    migrate(older, migrations.slice(0, version));
    if (version > 0)
      older.run(`INSERT INTO nodes (name, first_seen, connected_at, last_seen) VALUES ('old', 1, 2, 3)`);
    older.close();

    const store = open(directory);
    const node = await store.node('old');
    assert.equal(node?.lastSeen, version > 0 ? 3 : undefined);
    await store.close();

    const fresh = folder();
    await open(fresh).close();
    assert.deepEqual(schemaOf(path), schemaOf(join(fresh, 'tallyman.db')));
  }
});

test('a step that fails leaves the file as it was before that step', () => {
  const database = new Database(new DatabaseSync(':memory:'));
  const broken = { version: 2, sql: 'CREATE TABLE half (a INTEGER) STRICT; NONSENSE;' };
  const [step] = migrations;
  assert.ok(step !== undefined);
  assert.throws(() => migrate(database, [step, broken]));
  assert.equal(database.number('PRAGMA user_version'), 1);
  assert.equal(database.number(`SELECT count(*) FROM sqlite_schema WHERE name = 'half'`), 0);
  assert.deepEqual(migrate(database, [step]), []);
  database.close();
});

test('steps count up by one', () => {
  assert.deepEqual(
    migrations.map(({ version }) => version),
    migrations.map((_, at) => at + 1),
  );
});

test('a file that a newer collector wrote is left alone', async () => {
  const directory = folder();
  await open(directory).close();
  const path = join(directory, 'tallyman.db');
  const database = new DatabaseSync(path);
  database.exec('PRAGMA user_version = 999');
  database.close();
  assert.throws(() => open(directory), {
    name: 'StoreError',
    code: 'newer-schema',
    message: /run the newer collector/,
  });
});

test('two collectors cannot have one folder, and the second can once the first is gone', async () => {
  const directory = folder();
  const first = open(directory);
  assert.throws(() => open(directory), {
    name: 'StoreError',
    code: 'locked',
    message: `another collector is using ${directory}; stop it, or choose another data-dir`,
  });
  await first.close();
  await open(directory).close();
});

test('a file that is no database, and a folder that cannot be made, are said in one line', async () => {
  const directory = folder();
  await open(directory).close();
  const path = join(directory, 'tallyman.db');
  writeFileSync(path, 'not a database, but long enough to be looked at as one. '.repeat(100));
  assert.throws(() => open(directory), {
    code: 'corrupt',
    message: new RegExp(`^database ${path}: .*; it is no SQLite`),
  });
  const blocked = join(path, 'below-a-file');
  assert.throws(() => open(blocked), {
    code: 'denied',
    message: /cannot be made .*choose another data-dir$/,
  });
});

test('a damaged file is noticed by the query that meets the damage', async () => {
  const directory = folder();
  const store = open(directory);
  await startNode(store, 'node-a', 1);
  await store.close();
  const path = join(directory, 'tallyman.db');
  const pages = statSync(path).size / 4096;
  writeFileSync(
    path,
    Buffer.concat([readFileSync(path).subarray(0, 4096), Buffer.alloc((pages - 1) * 4096, 0xff)]),
  );
  assert.throws(
    () => open(directory),
    (error: unknown) => toStoreError(error, path).code === 'corrupt',
  );
});

test('SQLite result codes become errors that say what to do', () => {
  for (const [errcode, code, advice] of [
    [13, 'full', /free space/],
    [5, 'locked', /stop that process/],
    [261, 'locked', /stop that process/],
    [11, 'corrupt', /restore a backup/],
    [1032, 'denied', /writable/],
    [778, 'failed', /kernel log/],
  ] as const) {
    const error = toStoreError(Object.assign(new Error('oh no'), { errcode }), '/data/tallyman.db');
    assert.equal(error.code, code);
    assert.match(error.message, /^database \/data\/tallyman\.db: oh no; /);
    assert.match(error.message, advice);
  }
  assert.equal(toStoreError(new Error('other'), '/x').code, 'failed');
});
