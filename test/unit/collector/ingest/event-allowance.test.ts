import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { withEventAllowance } from '../../../../collector/ingest/event-allowance.ts';
import type { IncomingEvent, IngestStore } from '../../../../collector/ingest/ingest-store.ts';
import { SessionRefusal } from '../../../../collector/ingest/session-refusal.ts';
import { MemoryIngestStore } from '../../../support/memory-ingest-store.ts';

const MIB = 1024 * 1024;

let held: MemoryIngestStore;
let store: IngestStore;
let now: number;

beforeEach(() => {
  held = new MemoryIngestStore();
  now = 0;
  store = withEventAllowance(held, () => now);
});

/** One event of that many bytes. */
function events(number: number, bytes: number): IncomingEvent[] {
  return [{ number, time: 1, kind: 'loss', payload: new Uint8Array(bytes) }];
}

/** Sends events of a MiB each until one is refused. */
async function flood(node: string, from = 1, epoch = 'e'): Promise<SessionRefusal> {
  for (let number = from; ; number += 1) {
    try {
      assert.equal(await store.putEvents(node, epoch, events(number, MIB), 1), number);
    } catch (error) {
      assert.ok(error instanceof SessionRefusal);
      return error;
    }
  }
}

function storedOf(node: string, epoch = 'e'): number {
  return held.node(node).events.get(epoch)?.length ?? 0;
}

test('a full outbox is taken at once, and what is beyond it later', async () => {
  const refusal = await flood('a');
  assert.equal(refusal.reason, 'limit');
  assert.match(refusal.message, /more events than are kept of one/);
  assert.equal(storedOf('a'), 20);
  assert.ok((refusal.retryAfterMs ?? 0) > 0);
  now += refusal.retryAfterMs ?? 0;
  assert.equal(await store.putEvents('a', 'e', events(21, MIB), 1), 21);
  await assert.rejects(store.putEvents('a', 'e', events(22, 10), 1), SessionRefusal);
});

test('equal refusals have equal words, and a time of minutes', async () => {
  const first = await flood('a');
  now += first.retryAfterMs ?? 0;
  const second = await flood('a', 21);
  assert.equal(storedOf('a'), 21);
  assert.equal(second.message, first.message);
  assert.equal(second.retryAfterMs, 300_000);
});

test('another epoch of the node has no allowance of its own, another node has', async () => {
  await flood('a');
  const again = await flood('a', 1, 'other');
  assert.equal(again.reason, 'limit');
  assert.equal(storedOf('a', 'other'), 0);
  await flood('b');
  assert.equal(storedOf('b'), 20);
});

test('many small events count more than their bytes', async () => {
  const payload = new Uint8Array(64);
  const many = Array.from({ length: 170_000 }, (_, at) => ({
    number: at + 1,
    time: 1,
    kind: 'loss',
    payload,
  }));
  assert.ok(many.length * payload.length < 11 * MIB);
  await store.putEvents('a', 'e', many, 1);
  await assert.rejects(store.putEvents('a', 'e', events(170_001, 1), 1), SessionRefusal);
});

test('what the store did not take is not counted', async () => {
  held.failure = new Error('the disk is full');
  for (let number = 1; number <= 40; number += 1)
    await assert.rejects(store.putEvents('a', 'e', events(number, MIB), 1), /disk is full/);
  held.failure = undefined;
  await flood('a');
  assert.equal(storedOf('a'), 20);
});

test('all else is asked of the store as it was', async () => {
  await store.heartbeat('a', 1, 'degraded');
  assert.equal(held.node('a').condition, 'degraded');
});
