import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beatOf, lifetimeOf, retryOf, waitOf } from '../../../../agent/uplink/told-times.ts';

const HOUR = 3_600_000;
/** The most that the messages can say. Timers take 2 ** 31 - 1 at most, and fire at once beyond it. */
const MOST = 2 ** 32 - 1;

test('a beat is never faster than ten a second, nor slower than one an hour', () => {
  assert.deepEqual(
    [1, 100, 5_000, HOUR, MOST].map((told) => beatOf(told)),
    [100, 100, 5_000, HOUR, HOUR],
  );
  assert.equal(beatOf(0), 30_000);
  assert.equal(beatOf(0, 7_000), 7_000);
});

test('nobody is sent away for more than an hour', () => {
  assert.deepEqual([0, 1, 9_000, HOUR + 1, MOST].map(waitOf), [0, 1, 9_000, HOUR, HOUR]);
});

test('a session lasts at least its time, and a week at most, unless it has no end', () => {
  const told = [0, 1, 5_000, 60_000, MOST];
  const lasts = told.map((one) => lifetimeOf(one, 5_000));
  assert.deepEqual(lasts, [undefined, 5_000, 5_000, 60_000, 7 * 24 * HOUR]);
});

test('content is offered again at most fifty times a second, and at least once an hour', () => {
  assert.deepEqual([0, 19, 5_000, MOST].map(retryOf), [20, 20, 5_000, HOUR]);
});
