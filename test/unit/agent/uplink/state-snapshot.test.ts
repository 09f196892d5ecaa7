import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bucketMessages, changeMessages } from '../../../../agent/uplink/state-messages.ts';
import {
  differenceOf,
  EMPTY_STATE,
  fitSnapshot,
  takeSnapshot,
} from '../../../../agent/uplink/state-snapshot.ts';
import { DEFAULT_LIMITS } from '../../../../proto/codec/limits.ts';
import { encodeRequest } from '../../../../proto/codec/session.ts';
import { hostItem, imageItem, processItem } from '../../../support/session-bench.ts';

const many = Array.from({ length: 300 }, (_, pid) => processItem(pid + 1));

test('the same items give the same root, in whatever order they come', () => {
  const forth = takeSnapshot([hostItem(), ...many], EMPTY_STATE);
  const back = takeSnapshot([...many, hostItem()].toReversed(), EMPTY_STATE);
  assert.deepEqual(forth.root, back.root);
  assert.notDeepEqual(forth.root, EMPTY_STATE.root);
});

test('an item that did not change is the same object as before', () => {
  const before = takeSnapshot([hostItem(), processItem(1)], EMPTY_STATE);
  const after = takeSnapshot([hostItem(), processItem(1, { user: 'daemon' })], before);
  assert.equal(after.entries.get('host/'), before.entries.get('host/'));
  assert.notEqual(after.entries.get('process/boot-1/1/100'), before.entries.get('process/boot-1/1/100'));
});

test('a difference names what is new or changed, and what is gone', () => {
  const before = takeSnapshot([hostItem(), processItem(1), processItem(2)], EMPTY_STATE);
  const after = takeSnapshot([hostItem(), processItem(2, { user: 'daemon' }), processItem(3)], before);
  const { upserts, deletes } = differenceOf(before, after);
  assert.deepEqual(
    upserts.map(({ key }) => key),
    ['process/boot-1/2/200', 'process/boot-1/3/300'],
  );
  assert.deepEqual(deletes, ['process/boot-1/1/100']);
  assert.deepEqual(differenceOf(after, after), { upserts: [], deletes: [] });
});

test('what does not fit is left out, and the root is that of the rest', () => {
  const whole = takeSnapshot(
    [hostItem(), imageItem(1, { problem: 'x'.repeat(5000) }), imageItem(2)],
    EMPTY_STATE,
  );
  const large = fitSnapshot(whole, { ...DEFAULT_LIMITS, maxItemBytes: 2000 });
  assert.deepEqual(
    large.leftOut.map(({ key }) => key),
    [`image/sha256:${'1'.padStart(64, '0')}`],
  );
  assert.deepEqual(large.snapshot.root, takeSnapshot([hostItem(), imageItem(2)], EMPTY_STATE).root);
  const few = fitSnapshot(whole, { ...DEFAULT_LIMITS, maxItems: 1 });
  assert.equal(few.leftOut.length, 2);
  assert.deepEqual([...few.snapshot.entries.keys()], ['host/']);
  assert.equal(fitSnapshot(whole, DEFAULT_LIMITS).snapshot, whole);
});

test('an item whose key would name several things is left out, and the others go', () => {
  const odd = processItem(2, { bootId: 'boot/1' });
  const whole = takeSnapshot([hostItem(), odd, processItem(1)], EMPTY_STATE);
  const { snapshot, leftOut } = fitSnapshot(whole, DEFAULT_LIMITS);
  assert.deepEqual(
    leftOut.map(({ key }) => key),
    ['process/boot/1/2/200'],
  );
  assert.deepEqual(snapshot.root, takeSnapshot([hostItem(), processItem(1)], EMPTY_STATE).root);
});

test('messages are never larger than agreed, and together say all', () => {
  const state = takeSnapshot(
    [hostItem(), imageItem(1, { problem: 'x'.repeat(14_000) }), ...many],
    EMPTY_STATE,
  );
  const deletes = many.map((_, at) => `process/gone/${at}/0`);
  const largest = 16_384;
  const changes = changeMessages({ ...differenceOf(EMPTY_STATE, state), deletes }, state.root, largest);
  const buckets = bucketMessages(
    state,
    Array.from({ length: 256 }, (_, at) => at),
    largest,
  );
  for (const message of [...changes, ...buckets]) {
    assert.ok(encodeRequest(message).length <= largest, `${encodeRequest(message).length}`);
  }
  assert.ok(changes.length > 2 && buckets.length > 2);
  const upserts = changes.flatMap(({ stateChange }) => stateChange?.upserts?.map(({ key }) => key) ?? []);
  assert.deepEqual(new Set(upserts), new Set(state.entries.keys()));
  assert.equal(upserts.length, state.entries.size);
  assert.deepEqual(
    changes.flatMap(({ stateChange }) => stateChange?.deletes ?? []),
    deletes,
  );
  assert.deepEqual(
    changes.map(({ stateChange }) => stateChange?.stateRoot?.length),
    [...changes.slice(1).map(() => 0), 32],
  );
  assert.deepEqual(
    buckets.map(({ bucketState }) => bucketState?.complete),
    [...buckets.slice(1).map(() => false), true],
  );
});

test('an empty difference and empty buckets are still said', () => {
  assert.equal(changeMessages({ upserts: [], deletes: [] }, EMPTY_STATE.root, 20_000).length, 1);
  assert.equal(bucketMessages(EMPTY_STATE, [7], 20_000)[0]?.bucketState?.complete, true);
});
