import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { stateKey, type StateItem } from '../../core/inventory.ts';
import { bucketOf, itemHash, StateTree } from '../../core/state-tree.ts';
import { sha256 } from '../../platform/sha256.ts';
import { decodeEvent } from '../../proto/codec/event.ts';
import { encodeStateItem } from '../../proto/codec/state-item.ts';
import { releasedAgent, releasedCollector, releasedProtocol } from '../support/released-peer.ts';
import {
  hostItem,
  MemoryOutbox,
  processItem,
  sessionBench,
  until,
  type SessionBench,
} from '../support/session-bench.ts';

// The last release on one end, this one on the other: what is ordered, mended and ended.

const protocol = releasedProtocol();
let bench: SessionBench;

beforeEach(async () => {
  bench = await sessionBench();
});

afterEach(() => bench.stop());

/** As an agent has them: encoded, with the hash tree over them. */
function stateOf(items: readonly StateItem[]) {
  const encoded = items.map(encodeStateItem);
  const tree = new StateTree(sha256);
  for (const { key, payload } of encoded) tree.toggle(bucketOf(sha256, key), itemHash(sha256, key, payload));
  return { encoded, hashes: tree.buckets(), root: tree.root() };
}

function sameBytes(one: unknown, other: Uint8Array): void {
  assert.deepEqual(Buffer.from(one as Uint8Array), Buffer.from(other));
}

test('the state of an agent of the last release is mended, its commands come, and it is sent away', async () => {
  const { ingest, port } = await bench.collect({ beatIntervalMs: 60_000 });
  const tls = bench.tls('node-1');
  assert.ok(tls.kind === 'mutual');
  const agent = await releasedAgent(protocol, port, tls.files);
  bench.onStop(async () => agent.close());
  const identity = { node: 'node-1', agentVersion: '0.1.0', bootId: 'b', epoch: 'e', instance: 'i' };
  await agent.say({ hello: { ...identity, catalogers: [{ id: 'dpkg', version: 1 }] } });
  await agent.hear('welcome');

  const first = stateOf([hostItem(), processItem(1), processItem(2)]);
  await agent.say({ stateChange: { upserts: first.encoded, stateRoot: first.root } });
  sameBytes((await agent.hear('stateStored'))['stateRoot'], first.root);
  const later = stateOf([hostItem(), processItem(2, { command: 'other' }), processItem(3)]);
  await agent.say({ heartbeat: { stateRoot: later.root } });
  await agent.hear('stateCompare');
  await agent.say({ bucketHashes: { hashes: later.hashes } });
  const { buckets } = (await agent.hear('bucketRequest')) as { readonly buckets: readonly number[] };
  const items = later.encoded.filter(({ key }) => buckets.includes(bucketOf(sha256, key)));
  assert.equal(items.length, 2, 'what is the same is not asked for');
  await agent.say({ bucketState: { buckets, items, complete: true, stateRoot: later.root } });
  sameBytes((await agent.hear('stateStored'))['stateRoot'], later.root);
  const held = [...bench.store.node('node-1').items.keys()];
  assert.deepEqual(held.toSorted(), later.encoded.map(({ key }) => key).toSorted());

  const action = { kind: 'undo', receiptId: 'r', imageIds: [], reason: 'a mistake' } as const;
  const command = { id: 'c1', node: 'node-1', issuer: 'anna', issuedAt: 1, expiresAt: 2 ** 50, action };
  bench.store.put('node-1', command);
  ingest.deliver('node-1');
  const heard = await agent.hear('command');
  assert.deepEqual([heard['id'], heard['issuer'], heard['expiresAt']], ['c1', 'anna', 2 ** 50]);
  // Reasons came later.
  assert.deepEqual(heard['undo'], { receiptId: 'r' });
  const commandResult = { commandId: 'c1', outcome: 3, message: 'Removal is off.' };
  await agent.say({ eventBatch: { epoch: 'e', events: [{ number: 1, time: 1, commandResult }] } });
  assert.equal((await agent.hear('eventAck'))['upTo'], 1);
  const [event] = bench.store.node('node-1').events.get('e') ?? [];
  assert.deepEqual(decodeEvent(event?.payload ?? new Uint8Array()).body, {
    kind: 'command-result',
    commandId: 'c1',
    outcome: 'refused',
    message: 'Removal is off.',
  });

  const drained = ingest.drain(10_000);
  assert.ok(Number((await agent.hear('drain'))['reconnectAfterMs']) >= 0);
  agent.close();
  await drained;
  assert.equal(bench.store.refusals.length, 0);
});

test('an agent mends what a collector of the last release has, and comes back when that sends it away', async () => {
  const collector = await releasedCollector(protocol);
  bench.onStop(async () => collector.stop());
  const outbox = new MemoryOutbox();
  const items = [hostItem(), processItem(1), processItem(2)];
  const keys = items.map(stateKey).toSorted();
  const uplink = bench.agent(collector.port, { tls: { kind: 'insecure' }, outbox });
  const isWhole = (): boolean => [...collector.stateKeys].toSorted().join() === keys.join();
  uplink.setState(items);
  uplink.start();
  await until('the state is there', isWhole);

  collector.stateKeys.delete('host/');
  collector.stateKeys.add('process/boot-0/9/900');
  collector.send({ stateCompare: {} });
  await until('the state is mended', isWhole);
  assert.deepEqual(
    collector.received.filter((kind) => kind === 'bucketHashes' || kind === 'bucketState'),
    ['bucketHashes', 'bucketState'],
  );
  uplink.setState(items.slice(0, 2));
  await until('what is gone is gone there', () => collector.stateKeys.size === 2);

  collector.stateKeys.clear();
  collector.send({ drain: { reconnectAfterMs: 50 } });
  await until('it is back', () => collector.received.filter((kind) => kind === 'hello').length === 2);
  await until('the state is there again', () => collector.stateKeys.size === 2);
  outbox.add({ kind: 'loss', reason: 'x', count: 1, firstNumber: 1, lastNumber: 1 });
  uplink.notifyEvents();
  await until('the event is let go', () => outbox.count() === 0);
  await uplink.close(1000);
  assert.equal(uplink.status().lastError, undefined);
  assert.ok(!collector.received.includes(undefined), 'nothing that the last release does not know');
  assert.deepEqual(collector.eventNumbers, [1]);
});
