import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { StateTree, bucketOf, itemHash } from '../../core/state-tree.ts';
import { sha256 } from '../../platform/sha256.ts';
import { encodeCommand } from '../../proto/codec/command.ts';
import { catalogerSet, encodeContent } from '../../proto/codec/content.ts';
import { encodeStateItem } from '../../proto/codec/state-item.ts';
import { releasedAgent, releasedCollector, releasedProtocol } from '../support/released-peer.ts';
import {
  hostItem,
  MemoryOutbox,
  processItem,
  sessionBench,
  Supply,
  until,
  type SessionBench,
} from '../support/session-bench.ts';
import { resultOf } from '../support/steps.ts';

// The last release on one end, this one on the other.

const DIFF_ID = `sha256:${'5'.repeat(64)}`;
const CATALOGERS = [{ id: 'dpkg', version: 1 }];
const FACTS = {
  kind: 'layer-facts',
  facts: [
    {
      diffId: DIFF_ID,
      cataloger: 'dpkg',
      version: 1,
      facts: [
        {
          path: 'a',
          status: 'found',
          packages: [{ type: 'deb', name: 'bash', version: '5.2', licenses: [] }],
        },
      ],
    },
  ],
} as const;

const protocol = releasedProtocol();
let bench: SessionBench;

beforeEach(async () => {
  bench = await sessionBench();
});

afterEach(() => bench.stop());

test('an agent of the last release is served', async () => {
  const { port } = await bench.collect({ beatIntervalMs: 60_000, verifyShare: 1 });
  // More than an agent takes today, and than are read at a time.
  for (let count = 0; count < 300; count += 1) {
    const command = { id: `c${count}`, node: 'node-1', issuer: 'i', issuedAt: 1, expiresAt: 2 ** 50 };
    const payload = encodeCommand({ ...command, action: { kind: 'ping' } });
    bench.store.node('node-1').commands.push({ ...command, payload });
  }
  const tls = bench.tls('node-1');
  assert.ok(tls.kind === 'mutual');
  const agent = await releasedAgent(protocol, port, tls.files);
  bench.onStop(async () => agent.close());
  const identity = { node: 'node-1', agentVersion: '0.1.0', bootId: 'b', epoch: 'e', instance: 'i' };
  await agent.say({ hello: { ...identity, catalogers: CATALOGERS } });
  assert.equal((await agent.hear('welcome'))['beatIntervalMs'], 60_000);
  for (let count = 0; count < 300; count += 1) assert.equal((await agent.hear('command'))['id'], `c${count}`);

  const item = encodeStateItem(hostItem());
  const tree = new StateTree(sha256);
  tree.toggle(bucketOf(sha256, item.key), itemHash(sha256, item.key, item.payload));
  await agent.say({ stateChange: { upserts: [item], stateRoot: tree.root() } });
  assert.deepEqual(
    Buffer.from((await agent.hear('stateStored'))['stateRoot'] as Uint8Array),
    Buffer.from(tree.root()),
  );
  await agent.say({ heartbeat: { stateRoot: tree.root() } });

  const ref = { kind: 1, key: DIFF_ID, catalogerSet: Buffer.from(catalogerSet(CATALOGERS), 'hex') };
  await agent.say({ contentOffer: { refs: [ref] } });
  const [wanted] = (await agent.hear('contentWant'))['wanted'] as readonly { readonly lease: number }[];
  const bytes = resultOf(encodeContent(DIFF_ID, FACTS));
  const chunk = { ref, lease: wanted?.lease, last: true, bytes: zstdCompressSync(bytes), size: bytes.length };
  await agent.say({ contentChunk: { ...chunk, sha256: createHash('sha256').update(bytes).digest() } });
  assert.equal((await agent.hear('contentStored'))['refusal'] ?? '', '');
  await agent.hear('credit');

  await agent.say({ eventBatch: { epoch: 'e', events: [{ number: 1, loss: { reason: 'x', count: 1 } }] } });
  assert.equal((await agent.hear('eventAck'))['upTo'], 1);
  assert.equal(bench.store.node('node-1').items.size, 1);
  assert.equal(bench.store.facts.size, 1);
  assert.equal(bench.store.refusals.length, 0);
});

test('an agent is served by a collector of the last release', async () => {
  const collector = await releasedCollector(protocol);
  bench.onStop(async () => collector.stop());
  const outbox = new MemoryOutbox();
  const content = new Supply();
  content.items.set(DIFF_ID, FACTS);
  const commands: string[] = [];
  const { promise: unanswered, resolve: answer } = Promise.withResolvers<void>();
  const uplink = bench.agent(collector.port, {
    tls: { kind: 'insecure' },
    outbox,
    content,
    async onCommand({ command }) {
      commands.push(command.id);
      await unanswered;
    },
  });
  outbox.add({ kind: 'loss', reason: 'x', count: 1, firstNumber: 1, lastNumber: 1 });
  uplink.setState([hostItem(), processItem(1)]);
  uplink.offerContent([{ kind: 'layer-facts', key: DIFF_ID }]);
  uplink.start();
  await until('the state is there', () => collector.stateKeys.size === 2);
  await until('the layer is there', () => collector.content.has(DIFF_ID));
  await until('the event is let go', () => outbox.count() === 0);
  for (let count = 0; count < 40; count += 1) {
    const command = { id: `c${count}`, node: 'node-1', issuer: 'old', expiresAt: Date.now() + 60_000 };
    collector.send({ command: { ...command, ping: {} } });
  }
  await until('the commands are delivered, answered or not', () => commands.length === 40);
  answer();
  await until('it beats', () => collector.received.filter((kind) => kind === 'heartbeat').length > 2);
  await uplink.close(1000);
  assert.equal(uplink.status().lastError, undefined);
  assert.ok(!collector.received.includes(undefined), 'nothing that the last release does not know');
  assert.deepEqual(collector.eventNumbers, [1]);
  assert.equal(collector.received.at(-1), 'goodbye');
});
