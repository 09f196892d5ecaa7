import assert from 'node:assert/strict';
import { copyFile, rename, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDevelopmentCertificates } from '../../platform/certificates.ts';
import {
  BEAT_MS,
  hostItem,
  processItem,
  sessionBench,
  until,
  type SessionBench,
} from '../support/session-bench.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

let bench: SessionBench;

beforeEach(async () => {
  bench = await sessionBench();
});

afterEach(() => bench.stop());

async function proxied(port: number): Promise<TcpProxy> {
  const proxy = await startTcpProxy(port);
  bench.onStop(() => proxy.close());
  return proxy;
}

function heldCount(): number {
  return bench.store.node('node-1').items.size;
}

test('an agent outlives a collector that restarts', async () => {
  const first = await bench.collect();
  const proxy = await proxied(first.port);
  const uplink = bench.agent(proxy.port);
  uplink.setState([hostItem()]);
  uplink.start();
  await until('the state is stored', () => heldCount() === 1);
  proxy.refuse(true);
  await first.ingest.close();
  await until('the agent noticed', () => !uplink.status().connected);
  assert.equal(bench.store.node('node-1').connected, false);
  uplink.setState([hostItem(), processItem(1)]);
  const second = await bench.collect();
  proxy.retarget(second.port);
  proxy.refuse(false);
  await until('the state is stored', () => heldCount() === 2);
  assert.equal(second.ingest.sessions()[0]?.received['stateChange'], 1);
  assert.equal(second.ingest.sessions()[0]?.received['bucketHashes'], undefined);
});

test('a connection that only looks alive is given up by both sides', async () => {
  const { ingest, port } = await bench.collect();
  const proxy = await proxied(port);
  const uplink = bench.agent(proxy.port);
  uplink.start();
  await until('it is connected', () => ingest.sessions().length === 1);
  proxy.stall(true);
  await until('the collector gave it up', () => ingest.sessions().length === 0);
  await until('the agent gave it up', () => !uplink.status().connected);
  proxy.stall(false);
  await until('it is back', () => ingest.sessions().length === 1);
});

test('a collector that answers pings but nothing else is given up', async () => {
  const { port } = await bench.collect();
  const uplink = bench.agent(port, { timing: { responseMs: 200, keepaliveMs: 10_000 } });
  uplink.start();
  await until('it is connected', () => uplink.status().connected);
  const gate = Promise.withResolvers<void>();
  bench.store.gates.set('applyState', gate.promise);
  uplink.setState([hostItem()]);
  await until('the agent gave it up', () =>
    /no answer to a state within 200 ms/.test(uplink.status().lastError ?? ''),
  );
  gate.resolve();
  await until('the state is stored', () => heldCount() === 1);
});

test('over a slow network the state arrives all the same', async () => {
  const { port } = await bench.collect();
  const proxy = await proxied(port);
  proxy.delay(20);
  const uplink = bench.agent(proxy.port);
  uplink.setState([hostItem(), ...Array.from({ length: 500 }, (_, pid) => processItem(pid + 1))]);
  uplink.start();
  await until('the state is stored', () => heldCount() === 501);
});

test('whatever the moment of a cut, the states become equal', async () => {
  const { port } = await bench.collect({ limits: { maxMessageBytes: 20_000, creditBytes: 20_000 } });
  const proxy = await proxied(port);
  const uplink = bench.agent(proxy.port);
  uplink.start();
  for (let round = 1; round <= 10; round += 1) {
    const items = Array.from({ length: 400 }, (_, at) =>
      processItem(at + 1 + round * 100, { user: `user-${round}` }),
    );
    proxy.cutAfter(1000 + round * 3000);
    uplink.setState([hostItem(), ...items]);
    await until('the round is stored', () => {
      const held = bench.store.node('node-1').items;
      return (
        held.size === 401 &&
        [...held.values()].every(
          ({ item }) =>
            item.kind === 'host' || (item.kind === 'process' && item.value.user === `user-${round}`),
        )
      );
    });
  }
  assert.ok(proxy.connections > 5, `${proxy.connections} connections`);
});

test('a closing collector asks its agents to go, and they come back elsewhere', async () => {
  const first = await bench.collect({ timing: { reconnectSpreadMs: 50 } });
  const second = await bench.collect();
  const proxy = await proxied(first.port);
  const uplink = bench.agent(proxy.port);
  uplink.setState([hostItem()]);
  uplink.start();
  await until('it is connected', () => first.ingest.sessions().length === 1);
  proxy.retarget(second.port);
  await first.ingest.drain(5000);
  assert.equal(first.ingest.sessions().length, 0);
  await until('it is back', () => second.ingest.sessions().length === 1);
  assert.ok(bench.log.some((line) => line['message'] === 'collector is about to close'));
});

test('a draining collector takes no new sessions', async () => {
  const { ingest, port } = await bench.collect();
  await ingest.drain(0);
  const uplink = bench.agent(port);
  uplink.start();
  await until('it is refused', () => /about to close/.test(uplink.status().lastError ?? ''));
});

test('sessions are renewed before their lifetime is over', async () => {
  const { ingest, port } = await bench.collect({ timing: { sessionLifetimeMs: 300 } });
  const uplink = bench.agent(port);
  uplink.setState([hostItem()]);
  uplink.start();
  await until('it is connected', () => ingest.sessions().length === 1);
  const since = ingest.sessions()[0]?.connectedAt ?? 0;
  await until('it is a later session', () => (ingest.sessions()[0]?.connectedAt ?? 0) > since);
  assert.equal(uplink.status().lastError, undefined);
  assert.equal(bench.store.calls.get('applyState'), 1);
});

test('an agent that closes sends what it has, says goodbye and is gone', async () => {
  const { ingest, port } = await bench.collect();
  const uplink = bench.agent(port);
  uplink.start();
  await until('it is connected', () => uplink.status().connected);
  uplink.setState([hostItem()]);
  await uplink.close(2000);
  assert.equal(heldCount(), 1);
  await until('the session is over', () => ingest.sessions().length === 0);
  assert.equal(bench.store.node('node-1').connected, false);
  assert.ok(bench.log.some((line) => line['message'] === 'agent says goodbye'));
  assert.equal(uplink.status().connected, false);
});

test('an agent that never reached a collector closes at once', async () => {
  const proxy = await proxied(1);
  proxy.refuse(true);
  const uplink = bench.agent(proxy.port);
  uplink.start();
  await until('it tried', () => proxy.connections > 2);
  await uplink.close(60_000);
  // What it began before is accepted in order: once the proxy has seen one of ours, it has seen all of those.
  const ours = connect(proxy.port, '127.0.0.1').on('error', () => undefined);
  await new Promise((resolve) => void ours.once('close', resolve));
  const { connections } = proxy;
  await sleep(300);
  assert.equal(proxy.connections, connections);
});

test('an agent that waits for a welcome closes at once', { timeout: 300_000 }, async () => {
  const { port } = await bench.collect();
  const proxy = await proxied(port);
  proxy.stall(true);
  const uplink = bench.agent(proxy.port, { timing: { welcomeMs: 600_000, keepaliveMs: 600_000 } });
  uplink.start();
  await until('it tried', () => proxy.connections === 1);
  await uplink.close(0);
  assert.equal(uplink.status().connected, false);
});

test('renewed certificates are taken up on both sides without a restart', async () => {
  const renewedEvery = { timing: { credentialCheckMs: 50 } };
  const taken: number[] = [];
  const { ingest, port } = await bench.collect({
    ...renewedEvery,
    onCertificate: (certificate) => taken.push(certificate.validUntil),
  });
  const uplink = bench.agent(port, renewedEvery);
  uplink.setState([hostItem()]);
  uplink.start();
  await until('the state is stored', () => heldCount() === 1);
  const { certificateValidUntil: validUntil = 0 } = uplink.status();
  const since = ingest.sessions()[0]?.connectedAt ?? 0;

  // A new authority: nothing of the old certificates is good any more.
  const fresh = join(bench.dir, 'fresh');
  await createDevelopmentCertificates(fresh, { nodes: ['node-1'], serverNames: ['localhost'], days: 30 });
  for (const name of ['ca.crt', 'collector.key', 'collector.crt', 'node-1.key', 'node-1.crt']) {
    await copyFile(join(fresh, name), join(bench.dir, `${name}.next`));
    await rename(join(bench.dir, `${name}.next`), join(bench.dir, name));
  }
  await until('both sides noticed', () =>
    ['certificates renewed', 'certificate files changed, connecting anew'].every((message) =>
      bench.log.some((line) => line['message'] === message),
    ),
  );
  await until('it is a later session', () => (ingest.sessions()[0]?.connectedAt ?? 0) > since);
  await until('the agent knows', () => (uplink.status().certificateValidUntil ?? 0) < validUntil);
  assert.ok((taken.at(-1) ?? 0) < (taken[0] ?? 0), 'the collector tells of each that it takes up');
  assert.equal(bench.store.calls.get('applyState'), 1);
});

test('certificate files that do not fit are said, and the session goes on', async () => {
  const { ingest, port } = await bench.collect();
  const uplink = bench.agent(port, { timing: { credentialCheckMs: 50 } });
  uplink.start();
  await until('it is connected', () => ingest.sessions().length === 1);
  const since = ingest.sessions()[0]?.connectedAt ?? 0;
  await copyFile(join(bench.dir, 'node-2.key'), join(bench.dir, 'node-1.key'));
  await until('it is said', () =>
    bench.log.some((line) => line['message'] === 'certificate files are not usable'),
  );
  await sleep(3 * BEAT_MS);
  assert.equal(ingest.sessions()[0]?.connectedAt, since);
});

test('an agent whose certificate expired says so, and starts as soon as there is a good one', async () => {
  const { port } = await bench.collect();
  const good = { cert: join(bench.dir, 'node-1.crt'), key: join(bench.dir, 'node-1.key') };
  const old = join(bench.dir, 'old');
  await createDevelopmentCertificates(old, {
    nodes: ['node-1'],
    serverNames: ['localhost'],
    days: 1,
    now: Date.now() - 3 * 86_400_000,
  });
  await rename(good.cert, `${good.cert}.kept`);
  await rename(good.key, `${good.key}.kept`);
  await copyFile(join(old, 'node-1.crt'), good.cert);
  await copyFile(join(old, 'node-1.key'), good.key);
  const uplink = bench.agent(port);
  uplink.start();
  await until('it says so', () =>
    /node-1\.crt expired at .*; put a new one there/.test(uplink.status().lastError ?? ''),
  );
  await writeFile(good.cert, '');
  await until('it says that too', () => /holds no certificate/.test(uplink.status().lastError ?? ''));
  await rename(`${good.key}.kept`, good.key);
  await rename(`${good.cert}.kept`, good.cert);
  await until('it is connected', () => uplink.status().connected);
});

test('a session ends when its certificate expires', async () => {
  let now = Date.now();
  const { ingest, port } = await bench.collect({ clock: () => now });
  const uplink = bench.agent(port);
  uplink.start();
  await until('it is connected', () => ingest.sessions().length === 1);
  now += 400 * 86_400_000;
  await until('it is refused', () => /certificate expired/.test(uplink.status().lastError ?? ''));
});
