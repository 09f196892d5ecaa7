import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { createLogger } from '../../../../platform/logging.ts';
import { sha256 } from '../../../../platform/sha256.ts';
import { DEFAULT_LIMITS } from '../../../../proto/codec/limits.ts';
import { encodeStateItem } from '../../../../proto/codec/state-item.ts';
import { MemoryIngestStore } from '../../../support/memory-ingest-store.ts';
import { hostItem, processItem, until } from '../../../support/session-bench.ts';
import { stateLink, type StateLink } from '../../../support/state-link.ts';

const logger = createLogger({
  component: 'test',
  level: 'silent',
  stream: new Writable({ write: (_chunk, _encoding, done) => done() }),
});

function held(store: MemoryIngestStore): string[] {
  return [...store.node('node-1').items.keys()].toSorted();
}

function keysOf(pids: readonly number[]): string[] {
  return ['host/', ...pids.map((pid) => encodeStateItem(processItem(pid)).key)].toSorted();
}

function itemsOf(pids: readonly number[], user = 'root'): Parameters<StateLink['sync']['set']>[0] {
  return [hostItem(), ...pids.map((pid) => processItem(pid, { user }))];
}

test('a difference is sent to a known state, hashes to an unknown one, nothing to an equal one', async () => {
  const store = new MemoryIngestStore();
  const first = stateLink(store, logger);
  first.sync.set(itemsOf([1, 2]));
  await first.connect();
  await until('it is settled', () => first.sync.settled());
  assert.deepEqual(first.sent, ['stateChange']);
  first.sync.set(itemsOf([1, 3]));
  await until('it is settled', () => first.sync.settled());
  assert.deepEqual(first.sent, ['stateChange', 'stateChange']);
  await first.end();

  const second = stateLink(store, logger);
  second.sync.set(itemsOf([1, 3]));
  await second.connect();
  await second.beat();
  assert.equal(second.sync.settled(), true);
  assert.deepEqual(second.sent, ['heartbeat']);
  await second.end();

  const third = stateLink(store, logger);
  third.sync.set(itemsOf([1, 4]));
  await third.connect();
  await until('it is settled', () => third.sync.settled());
  assert.deepEqual(third.sent, ['bucketHashes', 'bucketState']);
  assert.deepEqual(held(store), keysOf([1, 4]));
  await third.end();
});

test('a write that the store lost is found at the next session', async () => {
  const store = new MemoryIngestStore();
  const link = stateLink(store, logger);
  link.sync.set(itemsOf([1, 2]));
  await link.connect();
  await until('it is settled', () => link.sync.settled());
  // A write that the store says it made, and did not.
  const apply = store.applyState.bind(store);
  store.applyState = async () => [];
  link.sync.set(itemsOf([1, 2, 3]));
  await until('it is settled', () => link.sync.settled());
  store.applyState = apply;
  await link.end();
  await link.connect();
  await until('it is settled again', () => link.sync.settled());
  assert.deepEqual(held(store), keysOf([1, 2, 3]));
});

test('an answer that came too late for its session is not taken for one of the next', async () => {
  const store = new MemoryIngestStore();
  const link = stateLink(store, logger);
  link.sync.set(itemsOf([1]));
  await link.connect();
  await until('it is settled', () => link.sync.settled());
  await link.end();
  link.sync.compare();
  await link.connect();
  await link.beat();
  await sleep(5);
  assert.deepEqual(link.sent, ['stateChange', 'heartbeat']);
  await link.end();
});

test('while a change is under way a heartbeat says nothing of the state', async () => {
  const store = new MemoryIngestStore();
  const link = stateLink(store, logger);
  assert.equal(link.sync.beatRoot().length, 0);
  const gate = Promise.withResolvers<void>();
  store.gates.set('applyState', gate.promise);
  link.sync.set(itemsOf([1]));
  await link.connect();
  await until('it is being stored', () => store.calls.get('applyState') === 1);
  assert.equal(link.sync.beatRoot().length, 0);
  assert.equal(link.sync.settled(), false);
  gate.resolve();
  await until('it is settled', () => link.sync.settled());
  assert.equal(link.sync.beatRoot().length, 32);
  await link.end();
});

test('a collector that never agrees is not asked for ever at once', async () => {
  const store = new MemoryIngestStore();
  store.bucketItems = async () => [];
  store.applyState = async () => [{ key: 'host/', hash: sha256(Buffer.from('nonsense')) }];
  const link = stateLink(store, logger);
  link.sync.set(itemsOf([1]));
  await link.connect();
  await until('it gave up for now', () => link.sent.length >= 5);
  await sleep(50);
  assert.ok(link.sent.length < 12, `${link.sent.length} messages`);
  await link.end();
});

type Step =
  | { readonly kind: 'set'; readonly pids: readonly number[]; readonly user: string }
  | { readonly kind: 'break'; readonly after: number }
  | { readonly kind: 'reconnect' | 'lose' | 'garble' | 'settle' | 'restart' };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('set' as const),
    pids: fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 60 }),
    user: fc.constantFrom('root', 'daemon'),
  }),
  fc.record({ kind: fc.constant('break' as const), after: fc.integer({ min: 1, max: 4 }) }),
  fc
    .constantFrom(
      'reconnect' as const,
      'lose' as const,
      'garble' as const,
      'settle' as const,
      'restart' as const,
    )
    .map((kind) => ({ kind })),
);

test('whatever happens in between, both sides end up with the same state', async () => {
  // Small messages, so that changes come in parts and break in the middle.
  const limits = { ...DEFAULT_LIMITS, maxMessageBytes: 16_384 + 1024, maxItemBytes: 4096 };
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const store = new MemoryIngestStore();
      let link = stateLink(store, logger, limits);
      let last: { pids: readonly number[]; user: string } = { pids: [1], user: 'root' };
      link.sync.set(itemsOf(last.pids));
      await link.connect();
      for (const one of steps) {
        const { items } = store.node('node-1');
        const [first] = items.values();
        if (one.kind === 'set') {
          last = one;
          link.sync.set(itemsOf(one.pids, one.user));
        } else if (one.kind === 'break') link.breakAfter(one.after);
        else if (one.kind === 'settle') await sleep(2);
        else if (one.kind === 'lose' && first) items.delete(first.key);
        else if (one.kind === 'garble' && first)
          items.set(first.key, { ...first, hash: sha256(Buffer.from('x')) });
        else if (one.kind === 'reconnect') {
          await link.end();
          await link.connect();
        } else if (one.kind === 'restart') {
          await link.end();
          link = stateLink(store, logger, limits);
          link.sync.set(itemsOf(last.pids, last.user));
          await link.connect();
        }
      }
      await link.end();
      await link.connect();
      await until('it is settled', () => link.sync.settled());
      await link.end();
      assert.deepEqual(held(store), keysOf(last.pids));
      const users = [...store.node('node-1').items.values()].flatMap(({ item }) =>
        item.kind === 'process' ? [item.value.user] : [],
      );
      assert.ok(users.every((user) => user === last.user));
    }),
    { numRuns: 60 },
  );
});
