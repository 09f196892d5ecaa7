import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SessionView } from '../../collector/ingest/ingest.ts';
import { equalBytes } from '../../core/state-tree.ts';
import { sha256 } from '../../platform/sha256.ts';
import {
  BEAT_MS,
  hostItem,
  imageItem,
  processItem,
  sessionBench,
  until,
  type SessionBench,
} from '../support/session-bench.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

let bench: SessionBench;
let proxy: TcpProxy;

beforeEach(async () => {
  bench = await sessionBench();
});

afterEach(() => bench.stop());

async function throughProxy(port: number): Promise<TcpProxy> {
  proxy = await startTcpProxy(port);
  bench.onStop(() => proxy.close());
  return proxy;
}

function heldKeys(): string[] {
  return [...bench.store.node('node-1').items.keys()].toSorted();
}

function only(views: readonly SessionView[]): SessionView {
  const [view] = views;
  assert.ok(view);
  return view;
}

test('an agent says hello and its state is stored', async () => {
  const changes: string[] = [];
  const { ingest, port } = await bench.collect({
    onChange: ({ node, kind }) => changes.push(`${node} ${kind}`),
  });
  const uplink = bench.agent(port);
  uplink.setState([hostItem(), imageItem(1), processItem(7)]);
  assert.equal(uplink.status().connected, false);
  uplink.start();
  await until('the state is stored', () => heldKeys().length === 3);

  const { session, connected, items } = bench.store.node('node-1');
  assert.equal(connected, true);
  assert.deepEqual(
    { ...session, at: 0, certificateUntil: 0 },
    {
      node: 'node-1',
      instance: 'instance-1',
      agentVersion: 'test',
      bootId: 'boot-1',
      epoch: 'epoch-1',
      at: 0,
      certificateUntil: 0,
    },
  );
  assert.deepEqual(items.get('host/')?.item, hostItem());
  assert.equal(uplink.status().connected, true);
  assert.ok((uplink.status().certificateValidUntil ?? 0) > Date.now());
  assert.equal(only(ingest.sessions()).node, 'node-1');
  assert.deepEqual([...new Set(changes)], ['node-1 session', 'node-1 state']);
});

test('an unchanged node sends heartbeats and nothing else', async () => {
  const { ingest, port } = await bench.collect();
  const uplink = bench.agent((await throughProxy(port)).port);
  const items = [hostItem(), ...Array.from({ length: 200 }, (_, pid) => processItem(pid + 1))];
  uplink.setState(items);
  uplink.start();
  await until('the state is stored', () => heldKeys().length === items.length);
  const before = only(ingest.sessions()).received;
  proxy.resetCounts();
  for (let time = 0; time < 5; time += 1) {
    uplink.setState(items);
    await sleep(BEAT_MS);
  }
  await until(
    'beats came',
    () => (only(ingest.sessions()).received['heartbeat'] ?? 0) >= (before['heartbeat'] ?? 0) + 4,
  );
  const { heartbeat: _, ...others } = only(ingest.sessions()).received;
  const { heartbeat: __, ...othersBefore } = before;
  assert.deepEqual(others, othersBefore);
  assert.ok(proxy.up < 4096, `${proxy.up} bytes for a few beats`);
});

test('a change sends only what changed', async () => {
  const { ingest, port } = await bench.collect();
  const uplink = bench.agent((await throughProxy(port)).port);
  const many = Array.from({ length: 500 }, (_, pid) => processItem(pid + 1));
  uplink.setState([hostItem(), ...many]);
  uplink.start();
  await until('the state is stored', () => heldKeys().length === 501);
  proxy.resetCounts();
  uplink.setState([hostItem(), ...many.slice(1), processItem(9999)]);
  await until('the change is stored', () => heldKeys().includes('process/boot-1/9999/999900'));
  assert.equal(heldKeys().length, 501);
  assert.ok(!heldKeys().includes('process/boot-1/1/100'));
  assert.ok(proxy.up < 4096, `${proxy.up} bytes for two processes`);
  assert.equal(only(ingest.sessions()).received['stateChange'], 2);
});

test('after an outage only the difference to the latest state is sent', async () => {
  const { port } = await bench.collect();
  await throughProxy(port);
  const uplink = bench.agent(proxy.port);
  const many = Array.from({ length: 500 }, (_, pid) => processItem(pid + 1));
  uplink.setState([hostItem(), ...many]);
  uplink.start();
  await until('the state is stored', () => heldKeys().length === 501);

  proxy.refuse(true);
  proxy.cut();
  await until('the agent noticed', () => !uplink.status().connected);
  assert.match(uplink.status().lastError ?? '', /collector/);
  for (let pid = 1000; pid < 1100; pid += 1) uplink.setState([hostItem(), ...many, processItem(pid)]);
  proxy.resetCounts();
  proxy.refuse(false);
  await until('the last state is stored', () => heldKeys().includes('process/boot-1/1099/109900'));
  assert.equal(heldKeys().length, 502);
  // A TLS handshake with a client certificate takes most of it.
  assert.ok(proxy.up < 8192, `${proxy.up} bytes for a reconnect and one process`);
});

test('a reconnect without a change sends no state', async () => {
  const { ingest, port } = await bench.collect();
  await throughProxy(port);
  const uplink = bench.agent(proxy.port);
  uplink.setState([hostItem(), processItem(1)]);
  uplink.start();
  await until('the state is stored', () => heldKeys().length === 2);
  proxy.cut();
  await until('the agent is back', () => proxy.connections === 2 && ingest.sessions().length === 1);
  await until('beats came', () => (only(ingest.sessions()).received['heartbeat'] ?? 0) >= 3);
  assert.deepEqual(Object.keys(only(ingest.sessions()).received).toSorted(), ['heartbeat', 'hello']);
});

test('an agent that starts anew with the same state sends none', async () => {
  const { ingest, port } = await bench.collect();
  const first = bench.agent(port);
  first.setState([hostItem(), processItem(1)]);
  first.start();
  await until('the state is stored', () => heldKeys().length === 2);
  await first.close(1000);
  const second = bench.agent(port, { instance: 'instance-2' });
  second.setState([hostItem(), processItem(1)]);
  second.start();
  await until('beats came', () => (ingest.sessions()[0]?.received['heartbeat'] ?? 0) >= 3);
  assert.deepEqual(Object.keys(only(ingest.sessions()).received).toSorted(), ['heartbeat', 'hello']);
});

test('an agent that starts anew with another state sends the buckets that differ', async () => {
  const { ingest, port } = await bench.collect();
  await throughProxy(port);
  const many = Array.from({ length: 1000 }, (_, pid) => processItem(pid + 1));
  const first = bench.agent(port);
  first.setState([hostItem(), ...many]);
  first.start();
  await until('the state is stored', () => heldKeys().length === 1001);
  await first.close(1000);
  const second = bench.agent(proxy.port, { instance: 'instance-2' });
  second.setState([hostItem(), ...many.slice(0, -1)]);
  second.start();
  await until('the state is stored', () => heldKeys().length === 1000);
  const { received } = only(ingest.sessions());
  assert.equal(received['bucketHashes'], 1);
  assert.equal(received['bucketState'], 1);
  assert.equal(received['stateChange'], undefined);
  // Hashes are 8 KiB; all thousand processes would be 100.
  assert.ok(proxy.up < 16_384, `${proxy.up} bytes`);
});

test('a connected agent without a state yet deletes nothing', async () => {
  const { ingest, port } = await bench.collect();
  const first = bench.agent(port);
  first.setState([hostItem(), processItem(1)]);
  first.start();
  await until('the state is stored', () => heldKeys().length === 2);
  await first.close(1000);
  const second = bench.agent(port, { instance: 'instance-2' });
  second.start();
  await until('beats came', () => (ingest.sessions()[0]?.received['heartbeat'] ?? 0) >= 3);
  assert.equal(heldKeys().length, 2);
  second.setState([hostItem()]);
  await until('the state is stored', () => heldKeys().length === 1);
});

test('what the collector lost or garbled comes back by buckets', async () => {
  const { ingest, port } = await bench.collect();
  await throughProxy(port);
  const uplink = bench.agent(proxy.port);
  const many = Array.from({ length: 300 }, (_, pid) => processItem(pid + 1));
  uplink.setState([hostItem(), ...many]);
  uplink.start();
  await until('the state is stored', () => heldKeys().length === 301);

  proxy.cut();
  const { items } = bench.store.node('node-1');
  items.delete('process/boot-1/5/500');
  const garbled = items.get('process/boot-1/6/600');
  assert.ok(garbled);
  items.set(garbled.key, { ...garbled, hash: sha256(Buffer.from('other')) });
  items.set('process/boot-1/777/1', {
    key: 'process/boot-1/777/1',
    hash: sha256(Buffer.from('ghost')),
    item: processItem(777, { startTicks: 1 }),
  });
  await until('the ghost is gone', () => !items.has('process/boot-1/777/1'));
  await until('all is back', () => items.has('process/boot-1/5/500'));
  assert.ok(equalBytes(items.get('process/boot-1/6/600')?.hash ?? new Uint8Array(), garbled.hash));
  assert.equal(items.size, 301);
  assert.equal(only(ingest.sessions()).received['bucketHashes'], 1);
});

test('a state larger than a message goes in parts, and comes whole', async () => {
  const { ingest, port } = await bench.collect({ limits: { maxMessageBytes: 20_000, creditBytes: 20_000 } });
  const uplink = bench.agent(port);
  const many = Array.from({ length: 2000 }, (_, pid) => processItem(pid + 1));
  uplink.setState([hostItem(), ...many]);
  uplink.start();
  await until('the state is stored', () => heldKeys().length === 2001);
  assert.ok((only(ingest.sessions()).received['stateChange'] ?? 0) > 5);
  assert.equal(bench.store.refusals.length, 0);
});

test('an item larger than the collector takes stays behind, and is said', async () => {
  const { port } = await bench.collect({ limits: { maxItemBytes: 2000 } });
  const uplink = bench.agent(port);
  const large = imageItem(1, { labels: { notes: 'x'.repeat(3000) } });
  uplink.setState([hostItem(), large, imageItem(2)]);
  uplink.start();
  await until('the rest is stored', () => heldKeys().length === 2);
  uplink.setState([hostItem(), large, imageItem(2), imageItem(3)]);
  await until('the rest is stored', () => heldKeys().length === 3);
  const [said, ...others] = uplink.limitations();
  assert.deepEqual(others, []);
  assert.match(
    said ?? '',
    /^image\/sha256:0+1 is not reported: it has \d+ bytes and the collector takes 2000\.$/,
  );
  assert.equal(bench.log.filter((line) => line['sentence'] === said).length, 1);
  uplink.setState([hostItem(), imageItem(2)]);
  assert.deepEqual(uplink.limitations(), []);
});

test('a degraded engine shows in the heartbeat', async () => {
  const { port } = await bench.collect();
  const uplink = bench.agent(port);
  uplink.setState([hostItem()]);
  uplink.start();
  await until('a beat came', () => bench.store.node('node-1').heartbeats > 1);
  assert.equal(bench.store.node('node-1').condition, 'ok');
  uplink.setState([
    hostItem({
      engines: [{ id: 'docker', address: '/run/docker.sock', status: 'degraded', message: 'it is gone' }],
    }),
  ]);
  await until('it shows', () => bench.store.node('node-1').condition === 'degraded');
});
