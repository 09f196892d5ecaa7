import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Backoff, fullJitter } from '../../../platform/backoff.ts';

test('the ceiling doubles with each attempt, up to the cap', () => {
  const backoff = new Backoff({ baseMs: 100, capMs: 1000, random: () => 0.999_999 });
  const waits = Array.from({ length: 6 }, () => backoff.next());
  assert.deepEqual(waits, [99, 199, 399, 799, 999, 999]);
  backoff.reset();
  assert.equal(backoff.next(), 99);
});

test('a wait is anywhere between nothing and its ceiling, whatever the attempt', () => {
  fc.assert(
    fc.property(fc.nat(), fc.double({ min: 0, max: 0.999_999, noNaN: true }), (attempt, random) => {
      const wait = fullJitter(attempt, { baseMs: 50, capMs: 60_000, random: () => random });
      assert.ok(Number.isInteger(wait) && wait >= 0 && wait < 60_000);
      assert.ok(wait <= random * 60_000);
    }),
  );
});
