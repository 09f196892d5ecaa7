import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { equalBytes } from '../../core/state-tree.ts';
import { openSqliteStore } from '../../collector/store/sqlite/sqlite-store.ts';
import { incoming, makeFleet, startNode, storeFleet } from '../support/fleet.ts';
import { needsRoot } from '../support/requirements.ts';

const shape = {
  seed: 5,
  nodes: 40,
  images: 20,
  imagesPerNode: 8,
  containersPerNode: 6,
  processesPerNode: 6,
  packages: 12,
};

function unexpected(error: Error): never {
  throw error;
}

function inFolder(run: (folder: string) => Promise<void>): () => Promise<void> {
  return async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tallyman-store-'));
    try {
      await run(folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
}

/** Writes fleets until it is killed, in a process of its own. */
const WRITER = `
  const { openSqliteStore } = await import(process.env.STORE);
  const { incoming, makeFleet, storeFleet } = await import(process.env.FLEET);
  const shape = JSON.parse(process.env.SHAPE);
  const store = openSqliteStore(process.env.FOLDER, (error) => { throw error; });
  const fleet = makeFleet(shape);
  await storeFleet(store, fleet, shape.nodes);
  console.log('writing');
  for (let turn = 0; ; turn += 1) {
    const at = turn % shape.nodes;
    const items = fleet.state(at).map(incoming);
    await store.applyState(fleet.nodeName(at), [], items.slice(turn % 7).map(({ key }) => key), turn);
    await store.applyState(fleet.nodeName(at), items, [], turn);
    await store.putEvents(fleet.nodeName(at), 'e', [{ number: turn + 1, time: 1, kind: 'loss', payload: new Uint8Array(10) }], turn);
    if (turn % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
`;

test(
  'a collector that is killed while writing leaves a consistent database',
  inFolder(async (folder) => {
    for (const delay of [20, 90, 170]) {
      const writer = spawn(process.execPath, ['--input-type=module', '--eval', WRITER], {
        env: {
          ...process.env,
          STORE: new URL('../../collector/store/sqlite/sqlite-store.ts', import.meta.url).href,
          FLEET: new URL('../support/fleet.ts', import.meta.url).href,
          SHAPE: JSON.stringify(shape),
          FOLDER: folder,
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(writer.stdout, 'data');
      await sleep(delay);
      writer.kill('SIGKILL');
      await once(writer, 'exit');

      const store = openSqliteStore(folder, unexpected);
      const fleet = makeFleet(shape);
      for (let at = 0; at < shape.nodes; at += 1) {
        const name = fleet.nodeName(at);
        const all = await store.bucketItems(
          name,
          Array.from({ length: 256 }, (_, bucket) => bucket),
        );
        const expected = new Map(fleet.state(at).map((item) => [incoming(item).key, incoming(item).hash]));
        for (const { key, hash } of all)
          assert.ok(equalBytes(hash, expected.get(key) ?? new Uint8Array()), `${name} ${key}`);
      }
      await store.check();
      await store.close();
      checkDatabase(join(folder, 'tallyman.db'));
    }
  }),
);

/** SQLite's own checks, and that the counts which triggers keep are what counting gives. */
function checkDatabase(path: string): void {
  const database = new DatabaseSync(path);
  try {
    assert.deepEqual({ ...database.prepare('PRAGMA integrity_check').get() }, { integrity_check: 'ok' });
    assert.deepEqual(database.prepare('PRAGMA foreign_key_check').all(), []);
    const wrong = database
      .prepare(
        `SELECT i.image_id FROM images i WHERE i.nodes <> (SELECT count(*) FROM node_images WHERE image = i.id)
           OR i.containers <> (SELECT count(*) FROM containers WHERE image = i.id)
           OR i.running <> (SELECT count(*) FROM containers WHERE image = i.id AND running = 1)`,
      )
      .all();
    assert.deepEqual(wrong, []);
    const variants = database
      .prepare(
        'SELECT count(*) AS wrong FROM image_variants v WHERE uses <> (SELECT count(*) FROM node_images WHERE variant = v.id)',
      )
      .get();
    assert.deepEqual({ ...variants }, { wrong: 0 });
    const lives = database
      .prepare(
        `SELECT count(*) AS open FROM lives WHERE gone_at IS NULL AND id NOT IN
           (SELECT life FROM node_images UNION ALL SELECT life FROM containers)`,
      )
      .get();
    assert.deepEqual({ ...lives }, { open: 0 });
  } finally {
    database.close();
  }
}

test(
  'a full disk is an error that says so, and the store works on once there is space',
  { skip: needsRoot() },
  inFolder(async (folder) => {
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk]);
    try {
      const store = openSqliteStore(disk, unexpected);
      const fleet = makeFleet({ ...shape, packages: 400 });
      await startNode(store, 'node-a', 1);
      await assert.rejects(storeFleet(store, fleet, shape.nodes), {
        name: 'StoreError',
        code: 'full',
        message: /disk is full; free space on it or move data-dir/,
      });
      execFileSync('mount', ['-o', 'remount,size=64m', disk]);
      await storeFleet(store, fleet, shape.nodes);
      assert.equal((await store.summary()).nodes, shape.nodes + 1);
      await store.close();
      checkDatabase(join(disk, 'tallyman.db'));
    } finally {
      execFileSync('umount', ['--lazy', disk]);
    }
  }),
);
