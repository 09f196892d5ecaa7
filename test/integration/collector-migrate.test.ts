import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, suite, test } from 'node:test';
import { parseQuery } from '../../core/version-range.ts';
import { COPIED_TABLES, LEFT_TABLES } from '../../collector/store/postgres/copied-tables.ts';
import { openPostgresStore } from '../../collector/store/postgres/postgres-store.ts';
import { openSqliteStore } from '../../collector/store/sqlite/sqlite-store.ts';
import type { Store } from '../../collector/store/store.ts';
import { assertFails, tallyman } from '../support/cli.ts';
import { incoming, makeFleet, storeFleet } from '../support/fleet.ts';
import { needsPostgres, startPostgres, type PostgresServer } from '../support/postgres.ts';

const NODES = 30;
const SHAPE = {
  seed: 9,
  nodes: NODES,
  images: 12,
  imagesPerNode: 6,
  containersPerNode: 5,
  processesPerNode: 4,
  packages: 9,
};
const fleet = makeFleet(SHAPE);
const all = { limit: 1000 };

function unexpected(error: Error): never {
  throw error;
}

function openCopy(url: string): Promise<Store> {
  return openPostgresStore({ url, replica: randomUUID(), clock: Date.now, onProblem: unexpected });
}

/** What both databases answer to the same questions, as far as it does not speak of sessions. */
async function answers(store: Store): Promise<unknown> {
  const query = parseQuery('openssl');
  const nodes = (await store.nodes(all)).items;
  const pending = await store.pendingCommands(fleet.nodeName(1), 5);
  return {
    nodes: nodes.map((node) => ({ ...node, status: undefined })),
    states: await Promise.all(nodes.map(({ node }) => store.bucketHashes(node))),
    where: (await store.where(query, 1000)).totals,
    images: await store.whereImages(query, all),
    packages: await store.packages({}, all),
    history: await store.history({}, all),
    refusals: await store.refusals(all),
    events: await store.eventsStored(fleet.nodeName(1), 'e'),
    commands: pending.map(({ id, payload, expiresAt }) => [id, [...payload], expiresAt]),
    lists: await store.documents('verdict-list', all),
    summary: { ...(await store.summary()), connected: 0 },
  };
}

suite('from the embedded database to PostgreSQL', { skip: needsPostgres() }, () => {
  let server: PostgresServer;
  let folder: string;
  let expected: unknown;

  before(async () => {
    server = await startPostgres();
    folder = mkdtempSync(join(tmpdir(), 'tallyman-migrate-'));
    const store = openSqliteStore(join(folder, 'data'), unexpected);
    await storeFleet(store, fleet, NODES);
    const [node, other] = [fleet.nodeName(1), fleet.nodeName(2)];
    await store.applyState(
      node,
      [],
      fleet
        .state(1)
        .slice(3, 6)
        .map(incoming)
        .map(({ key }) => key),
      1e13,
    );
    await store.putEvents(node, 'e', [{ number: 4, time: 1, kind: 'loss', payload: Uint8Array.of(1) }], 5);
    const times = { issuedAt: 1, expiresAt: 9e12 };
    await store.putCommands([
      { id: 'c', node, issuer: 'i', action: 'ping', payload: Uint8Array.of(2), ...times },
    ]);
    await store.recordRefusal({ node: other, reason: 'wrong-node', message: 'it says "x"\n\0', at: 7 });
    await store.putDocuments([{ kind: 'verdict-list', id: 'l', value: { entries: ['\0\ud800'] } }], 3);
    expected = await answers(store);
    await store.close();
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    await server.remove();
  });

  test('everything arrives, and the collector goes on with it', async () => {
    const url = await server.database();
    const run = await tallyman(['collector', 'migrate', '--from', join(folder, 'data'), '--to', url]);
    assert.equal(run.stderr.split('\n').at(-2), 'nodes compared', run.stderr);
    assert.match(run.stdout, /^\d+ rows copied, the state of 30 nodes compared: all equal\n$/);
    const store = await openCopy(url);
    try {
      const found = (await answers(store)) as { refusals: { items: readonly { message: string }[] } };
      assert.equal(
        found.refusals.items[0]?.message,
        'it says "x"\n\uFFFD',
        'a NUL is what PostgreSQL cannot keep',
      );
      assert.deepEqual({ ...found, refusals: undefined }, { ...(expected as object), refusals: undefined });
      // New rows get ids of their own.
      await storeFleet(store, makeFleet({ ...SHAPE, seed: 10 }), 3);
      await store.putEvents(
        fleet.nodeName(1),
        'e',
        [{ number: 5, time: 1, kind: 'loss', payload: new Uint8Array() }],
        6,
      );
    } finally {
      await store.close();
    }
    await assertFails(
      ['collector', 'migrate', '--from', join(folder, 'data'), '--to', url],
      1,
      /the target is not empty: it has nodes; name a database that no collector has used/,
    );
  });

  test('a copy that is interrupted leaves nothing, and may begin again', async () => {
    const url = await server.database();
    const { copyToPostgres } = await import('../../collector/store/postgres/copy-sqlite.ts');
    function stumble(what: string): void {
      if (what === 'containers') throw new Error('pulled out');
    }
    await assert.rejects(
      copyToPostgres({ from: join(folder, 'data'), to: url, onProgress: stumble }),
      /pulled out/,
    );
    const { nodes } = await copyToPostgres({
      from: join(folder, 'data'),
      to: url,
      onProgress: () => undefined,
    });
    assert.equal(nodes, NODES);
  });

  test('rows that are large go a few at a time, so that no statement is larger than can be sent', async () => {
    const from = join(folder, 'large');
    const store = openSqliteStore(from, unexpected);
    const payload = new Uint8Array(1024 * 1024);
    const events = Array.from({ length: 12 }, (_, at) => ({
      number: at + 1,
      time: 1,
      kind: 'loss',
      payload,
    }));
    await store.putEvents('node', 'e', events, 1);
    await store.close();
    const { copyToPostgres } = await import('../../collector/store/postgres/copy-sqlite.ts');
    const done: number[] = [];
    await copyToPostgres({
      from,
      to: await server.database(),
      onProgress: (what, rows) => void (what === 'events' && done.push(rows)),
    });
    assert.equal(done.at(-1), events.length);
    const steps = done.slice(1).map((rows, at) => rows - (done[at] ?? 0));
    assert.ok(Math.max(...steps) <= 4, `${steps.join(', ')} events of 1 MiB at a time`);
  });

  test('no table is forgotten', () => {
    const database = new DatabaseSync(join(folder, 'data', 'tallyman.db'), { readOnly: true });
    const tables = database
      .prepare(
        `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`,
      )
      .all();
    database.close();
    assert.deepEqual(
      tables.map(({ name }) => name),
      [...COPIED_TABLES.map(({ name }) => name), ...LEFT_TABLES].sort((a, b) => (a < b ? -1 : 1)),
    );
  });

  test('what is wrong with the way there is said in a line', async () => {
    const from = join(folder, 'data');
    await assertFails(
      ['collector', 'migrate', '--from', folder, '--to', 'postgres://x/y'],
      1,
      /holds no tallyman\.db/,
    );
    await assertFails(['collector', 'migrate', '--from', from], 2, /by --to or by --to-file/);
    await assertFails(
      ['collector', 'migrate', '--from', from, '--to', 'mysql://secret@x/y'],
      4,
      /not the URL of a PostgreSQL/,
    );
    const absent = (await server.database()).replace(/test_\d+$/, 'absent');
    await assertFails(['collector', 'migrate', '--from', from, '--to', absent], 4, /create the database/);
  });
});
