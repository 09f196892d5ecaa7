import assert from 'node:assert/strict';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { Store } from '../../collector/store/store.ts';
import { openSqliteStore } from '../../collector/store/sqlite/sqlite-store.ts';
import type { CatalogerFacts } from '../../core/facts.ts';
import { EventLoopDelay } from '../../platform/event-loop-delay.ts';
import { catalogerSet, compositionKey } from '../../proto/codec/content.ts';
import {
  hostItem,
  imageItem,
  MemoryOutbox,
  processItem,
  sessionBench,
  Supply,
  until,
  type SessionBench,
} from '../support/session-bench.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

/** The session over the store that the collector really has: what the others show in memory holds there too. */
let bench: SessionBench;
let store: Store;

beforeEach(async () => {
  bench = await sessionBench();
  store = openSqliteStore(join(bench.dir, 'store'), (error) => assert.fail(String(error)));
  bench.onStop(() => store.close());
});

afterEach(() => bench.stop());

async function pids(): Promise<number[]> {
  const page = await store.nodeProcesses('node-1', { limit: 1000 });
  return (page?.items ?? []).map(({ pid }) => pid).toSorted((a, b) => a - b);
}

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, at) => at + 1);
}

test('state, content and events end up in the database, and a reconnect sends none of them again', async () => {
  const { ingest, port } = await bench.collect({ store });
  const proxy = await startTcpProxy(port);
  bench.onStop(() => proxy.close());
  const set = catalogerSet([{ id: 'dpkg', version: 1 }]);
  const image = imageItem(7);
  assert.ok(image.kind === 'image');
  const { diffIds } = image.value;
  const [diffId = ''] = diffIds;
  const key = compositionKey(diffIds, set);
  const path = 'var/lib/dpkg/status';
  const packages = [{ type: 'deb', name: 'bash', version: '5.2-1', architecture: 'amd64' }] as const;
  const facts: CatalogerFacts[] = [
    { diffId, cataloger: 'dpkg', version: 1, facts: [{ path, status: 'found', packages }] },
  ];
  const content = new Supply();
  content.items.set(diffId, { kind: 'layer-facts', facts });
  content.items.set(key, {
    kind: 'composition',
    composition: {
      diffIds,
      release: { id: 'debian', idLike: [], versionId: '12' },
      visible: [{ layer: 0, cataloger: 'dpkg', path }],
      owned: [],
      introduced: [],
      deletedDatabases: [],
      opaqueBlind: false,
    },
  });
  const outbox = new MemoryOutbox();
  for (let count = 0; count < 3; count += 1)
    outbox.add({ kind: 'engine-change', engine: 'docker', status: 'ok' });
  const uplink = bench.agent(proxy.port, { content, outbox });
  uplink.setState([
    hostItem(),
    imageItem(7, { composition: key }),
    ...upTo(300).map((pid) => processItem(pid)),
  ]);
  uplink.offerContent([
    { kind: 'composition', key },
    { kind: 'layer-facts', key: diffId },
  ]);
  uplink.start();
  await until(
    'all is said',
    () => outbox.count() === 0 && (ingest.sessions()[0]?.received['contentChunk'] ?? 0) === 2,
  );

  assert.deepEqual(await pids(), upTo(300));
  await until('the package is known', async () => {
    const found = await store.imagePackages(image.value.imageId, { limit: 10 });
    return found?.items[0]?.purl === 'pkg:deb/debian/bash@5.2-1?arch=amd64&distro=debian-12';
  });
  assert.equal(await store.eventsStored('node-1', 'epoch-1'), 3);

  const beats = ingest.sessions()[0]?.received['heartbeat'] ?? 0;
  await until('the agent heard of it', () => (ingest.sessions()[0]?.received['heartbeat'] ?? 0) > beats + 2);
  proxy.cut();
  await until(
    'it is back',
    () => proxy.connections === 2 && (ingest.sessions()[0]?.received['heartbeat'] ?? 0) > 2,
  );
  assert.deepEqual(Object.keys(ingest.sessions()[0]?.received ?? {}).toSorted(), ['heartbeat', 'hello']);
  assert.equal(content.loads.length, 2);
});

test('a state that goes to and fro is the last one in the end, across cuts and agents', async () => {
  const { port } = await bench.collect({ store });
  const proxy = await startTcpProxy(port);
  bench.onStop(() => proxy.close());
  for (let round = 1; round <= 3; round += 1) {
    const uplink = bench.agent(proxy.port, { instance: `instance-${round}` });
    for (const last of [40 * round, 10 * round, 30 * round]) {
      proxy.cutAfter(3000 + 500 * round);
      uplink.setState([hostItem(), ...upTo(last).map((pid) => processItem(pid, { user: `user-${round}` }))]);
      uplink.start();
      await until('the state is stored', async () => (await pids()).length === last);
    }
    await uplink.close(2000);
  }
  assert.deepEqual(await pids(), upTo(90));
});

test('a collector that starts anew on its database goes on where the first one ended', async () => {
  const first = await bench.collect({ store });
  const proxy = await startTcpProxy(first.port);
  bench.onStop(() => proxy.close());
  const outbox = new MemoryOutbox();
  const uplink = bench.agent(proxy.port, { outbox });
  uplink.setState([hostItem(), processItem(1)]);
  outbox.add({ kind: 'engine-change', engine: 'docker', status: 'ok' });
  uplink.start();
  await until('it is acknowledged', () => outbox.count() === 0);
  await until('the state is stored', async () => (await pids()).length === 1);
  proxy.refuse(true);
  await first.ingest.close();
  await store.close();
  store = openSqliteStore(join(bench.dir, 'store'), (error) => assert.fail(String(error)));
  const second = await bench.collect({ store });
  proxy.retarget(second.port);
  outbox.add({ kind: 'engine-change', engine: 'docker', status: 'ok' });
  proxy.refuse(false);
  await until('the next event is acknowledged', () => outbox.count() === 0);
  await until('a beat came', () => (second.ingest.sessions()[0]?.received['heartbeat'] ?? 0) > 1);
  assert.equal(second.ingest.sessions()[0]?.received['stateChange'], undefined);
  assert.equal(second.ingest.sessions()[0]?.received['bucketHashes'], undefined);
  assert.equal(await store.eventsStored('node-1', 'epoch-1'), 2);
});

test('a first sync of a thousand items is stored in steps', async (context) => {
  const { port } = await bench.collect({ store });
  const uplink = bench.agent(port);
  const images = Array.from({ length: 400 }, (_, at) => imageItem(at + 1));
  uplink.setState([hostItem(), ...images, ...upTo(600).map((pid) => processItem(pid))]);
  const delay = new EventLoopDelay();
  delay.watchFor(60_000);
  uplink.start();
  await until('all is stored', async () => (await pids()).length === 600);
  const { counts } = (await store.node('node-1')) ?? {};
  assert.deepEqual([counts?.images, counts?.processes], [400, 600]);
  // Of both ends, which share this thread here.
  context.diagnostic(`longest turn of the event loop: ${Math.round(delay.take().max * 1000)} ms`);
});
