import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAuthority, issueCertificate } from '../../platform/certificates.ts';
import {
  hostItem,
  MemoryOutbox,
  processItem,
  sessionBench,
  until,
  type SessionBench,
} from '../support/session-bench.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

const CHECKED_OFTEN = { timing: { credentialCheckMs: 20 } };
const BEAT_MS = 1000;
const LOOK_MS = 2;

let bench: SessionBench;

beforeEach(async () => {
  bench = await sessionBench();
});

afterEach(() => bench.stop());

/** Puts a new certificate where node-1 has its own; by the same authority, for a node of any name. */
async function renew(node = 'node-1'): Promise<void> {
  const authority = await createAuthority(bench.dir);
  const issued = await issueCertificate(authority, { node, days: 1, now: Date.now() });
  // At once, lest the agent find one that does not fit the other.
  writeFileSync(join(bench.dir, 'node-1.key'), issued.key);
  writeFileSync(join(bench.dir, 'node-1.crt'), issued.certificate);
}

test('a session moves to a new certificate while it works: nothing is lost, doubled or late', async (context) => {
  const { ingest, port } = await bench.collect({ beatIntervalMs: BEAT_MS });
  const outbox = new MemoryOutbox();
  const uplink = bench.agent(port, { ...CHECKED_OFTEN, outbox });
  const beats: number[] = [];
  const gaps: number[] = [];
  let lapses = 0;
  let lastLook = Date.now();
  /** Since the last beat, ms: what held this thread up is not the session's delay. */
  let heldUp = 0;
  const watching = setInterval(() => {
    const now = Date.now();
    heldUp += now - lastLook - LOOK_MS;
    lastLook = now;
    const at = ingest.sessions()[0]?.lastHeartbeatAt;
    if (at !== undefined && at !== beats.at(-1)) {
      gaps.push(at - (beats.at(-1) ?? at) - heldUp);
      beats.push(at);
      heldUp = 0;
    }
    if (beats.length > 0 && !uplink.status().connected) lapses += 1;
  }, LOOK_MS);
  bench.onStop(async () => clearInterval(watching));
  uplink.setState([hostItem()]);
  uplink.start();
  await until('it is connected', () => beats.length > 0);

  let events = 0;
  for (let round = 1; round <= 5; round += 1) {
    await renew();
    const moved = until('the session moved', () => bench.said('connected to the collector') === round + 1);
    for (let step = 0; step < 20; step += 1) {
      events = outbox.add({ kind: 'engine-change', engine: 'docker', status: 'ok' });
      uplink.setState([hostItem(), processItem(round), processItem(1000 + step)]);
      uplink.notifyEvents();
      await sleep(5);
    }
    await moved;
  }
  await until('all events are stored', () => outbox.count() === 0);
  await until('the state is in step', () => {
    const keys = [...bench.store.node('node-1').items.keys()];
    return (
      keys.length === 3 &&
      keys.some((key) => key.includes('/5/')) &&
      keys.some((key) => key.includes('/1019/'))
    );
  });

  const stored = bench.store.node('node-1').events.get(outbox.epoch) ?? [];
  assert.deepEqual(
    stored.map(({ number }) => number),
    Array.from({ length: events }, (_, at) => at + 1),
  );
  const failures = bench.log.filter((line) => line['message'] === 'session with the collector failed');
  assert.deepEqual(failures, []);
  assert.equal(lapses, 0, 'the agent was never without a session');
  assert.equal(bench.said('agent says goodbye'), 0);
  assert.equal(bench.store.refusals.length, 0);
  context.diagnostic(`longest time between beats: ${Math.max(...gaps)} ms, at one in ${BEAT_MS} ms`);
  assert.ok(Math.max(...gaps) < 2 * BEAT_MS, 'no beat was missed');
});

test('a new certificate that the collector refuses ends nothing, and a good one after it is taken', async () => {
  const { ingest, port } = await bench.collect();
  const uplink = bench.agent(port, CHECKED_OFTEN);
  uplink.start();
  await until('it is connected', () => ingest.sessions().length === 1);
  const since = ingest.sessions()[0]?.connectedAt ?? 0;
  await renew('node-2');
  await until('it is refused again and again', () => bench.store.refusals.length >= 3);
  assert.equal(ingest.sessions()[0]?.connectedAt, since);
  assert.equal(uplink.status().connected, true);
  assert.equal(bench.said('no session with the new certificates yet, going on with the one before'), 1);
  await renew();
  await until('it is a later session', () => (ingest.sessions()[0]?.connectedAt ?? 0) > since);
  assert.equal(uplink.status().connected, true);
});

test('a session goes on while no second connection can be made', async () => {
  const { ingest, port } = await bench.collect();
  const proxy = await startTcpProxy(port);
  bench.onStop(() => proxy.close());
  const uplink = bench.agent(proxy.port, { timing: { credentialCheckMs: 20, welcomeMs: 3_000 } });
  uplink.start();
  await until('it is connected', () => ingest.sessions().length === 1);
  const since = ingest.sessions()[0]?.connectedAt ?? 0;
  proxy.refuse(true);
  const before = proxy.connections;
  await renew();
  await until('it tried twice', () => proxy.connections >= before + 2);
  assert.equal(ingest.sessions()[0]?.connectedAt, since);
  assert.equal(uplink.status().connected, true);
  proxy.refuse(false);
  await until('it is a later session', () => (ingest.sessions()[0]?.connectedAt ?? 0) > since);
});

test('an agent that closes while it moves leaves nothing behind', async () => {
  const { ingest, port } = await bench.collect();
  const proxy = await startTcpProxy(port);
  bench.onStop(() => proxy.close());
  const uplink = bench.agent(proxy.port, CHECKED_OFTEN);
  uplink.start();
  await until('it is connected', () => ingest.sessions().length === 1);
  const before = proxy.connections;
  await renew();
  await until('it is about to move', () => proxy.connections > before);
  await uplink.close(0);
  assert.equal(uplink.status().connected, false);
  await until('no session is left', () => ingest.sessions().length === 0);
});
