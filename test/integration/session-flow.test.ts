import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeEvent } from '../../proto/codec/event.ts';
import { tallyman } from '../../proto/generated/tallyman.js';
import {
  BEAT_MS,
  hostItem,
  MemoryOutbox,
  processItem,
  sessionBench,
  until,
  type SessionBench,
} from '../support/session-bench.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

let bench: SessionBench;

beforeEach(async () => {
  bench = await sessionBench();
});

afterEach(() => bench.stop());

test('a collector that cannot keep up slows its agents; superseded state is not sent, every event is', async () => {
  const { ingest, port } = await bench.collect();
  const outbox = new MemoryOutbox();
  const uplink = bench.agent(port, { outbox });
  uplink.setState([hostItem()]);
  uplink.start();
  await until('the state is stored', () => bench.store.node('node-1').items.size === 1);

  bench.store.delayMs = 400;
  const slowed = (): boolean => (ingest.sessions()[0]?.beatIntervalMs ?? 0) >= 4 * BEAT_MS;
  const before = bench.store.calls.get('applyState') ?? 0;
  let version = 0;
  await until('the agent is asked to report less often', () => {
    version += 1;
    uplink.setState([hostItem({ kernel: `6.1.${version}` }), processItem(version)]);
    outbox.add({ kind: 'engine-change', engine: 'docker', status: String(version) });
    uplink.notifyEvents();
    // So many that what is sent shows beside what is not, however seldom this thread has its turn.
    return version > 100 && slowed();
  });
  const sent = (bench.store.calls.get('applyState') ?? 0) - before;
  assert.ok(sent < version / 5, `${sent} of ${version} states sent`);

  bench.store.delayMs = 0;
  await until('the last state is there', () => {
    const { items } = bench.store.node('node-1');
    return items.size === 2 && [...items.keys()].some((key) => key.includes(`/${version}/`));
  });
  await until('all events are acknowledged', () => outbox.count() === 0);
  const events = bench.store.node('node-1').events.get('epoch-1') ?? [];
  assert.deepEqual(
    events.map(({ number }) => number),
    Array.from({ length: version }, (_, at) => at + 1),
  );
  assert.equal(decodeEvent(events.at(-1)?.payload ?? new Uint8Array()).number, version);
  await until('the agent reports as before', () => ingest.sessions()[0]?.beatIntervalMs === BEAT_MS);
});

test('an agent that was asked to report rarely is not taken for dead', async () => {
  const { ingest, port } = await bench.collect();
  const uplink = bench.agent(port);
  uplink.start();
  bench.store.delayMs = 400;
  await until('it is slowed', () => (ingest.sessions()[0]?.beatIntervalMs ?? 0) >= 8 * BEAT_MS);
  const session = ingest.sessions()[0];
  bench.store.delayMs = 0;
  await until('it is back to the usual', () => ingest.sessions()[0]?.beatIntervalMs === BEAT_MS);
  assert.equal(ingest.sessions()[0]?.connectedAt, session?.connectedAt);
});

test('sessions that are renewed all the time lose nothing and store nothing twice', async () => {
  const { port } = await bench.collect({ timing: { sessionLifetimeMs: 60 } });
  const proxy = await startTcpProxy(port);
  bench.onStop(() => proxy.close());
  const outbox = new MemoryOutbox();
  const uplink = bench.agent(proxy.port, { outbox });
  uplink.start();
  let turn = 0;
  await until('some sessions were renewed', async () => {
    turn += 1;
    uplink.setState([hostItem(), processItem(turn)]);
    outbox.add({ kind: 'engine-change', engine: 'docker', status: String(turn) });
    uplink.notifyEvents();
    await sleep(10);
    return turn >= 100 && proxy.connections > 5;
  });
  await until('all is stored', () => outbox.count() === 0);
  await until('the last state too', () =>
    [...bench.store.node('node-1').items.keys()].some((key) => key.includes(`/${turn}/`)),
  );
  const numbers = bench.store
    .node('node-1')
    .events.get('epoch-1')
    ?.map(({ number }) => number);
  assert.deepEqual(
    numbers,
    Array.from({ length: turn }, (_, at) => at + 1),
  );
});

test('a heartbeat has at most 200 bytes on the wire, whatever it says', async () => {
  const widest = {
    stateRoot: new Uint8Array(32).fill(255),
    pendingEvents: 0xffff_ffff,
    condition: 1,
  };
  const bytes = tallyman.v1.SessionRequest.encode({ heartbeat: widest }).finish();
  // RFC 9113: a frame's header has 9 bytes; gRPC over HTTP/2: a message's prefix has 5.
  assert.ok(9 + 5 + bytes.length <= 200, `${bytes.length}`);

  const { ingest, port } = await bench.collect({ timing: { keepaliveMs: 60_000 } });
  const proxy = await startTcpProxy(port);
  bench.onStop(() => proxy.close());
  const uplink = bench.agent(proxy.port, { timing: { keepaliveMs: 60_000 } });
  uplink.setState([hostItem(), ...Array.from({ length: 400 }, (_, pid) => processItem(pid + 1))]);
  uplink.start();
  await until('the state is stored', () => bench.store.node('node-1').items.size === 401);
  const beats = (): number => ingest.sessions()[0]?.received['heartbeat'] ?? 0;
  const settled = beats() + 2;
  await until('the state is acknowledged', () => beats() >= settled);
  proxy.resetCounts();
  const counted = beats();
  await until('ten more beats', () => beats() >= counted + 10);
  // All that TCP carries: TLS, HTTP/2 and gRPC around it.
  const bytesOfOne = proxy.up / (beats() - counted);
  assert.ok(bytesOfOne > 0 && bytesOfOne <= 200, `${bytesOfOne} bytes a beat`);
});
