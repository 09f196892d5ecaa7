import assert from 'node:assert/strict';
import { test } from 'node:test';
import { weightedCache } from '../../../../agent/runtimes/weighted-cache.ts';

test('what was used longest ago makes room', () => {
  const cache = weightedCache<number>(2);
  cache.set('a', 1);
  cache.set('b', 2);
  assert.equal(cache.get('a'), 1);
  cache.set('c', 3);
  assert.deepEqual(
    ['a', 'b', 'c'].map((key) => cache.get(key)),
    [1, undefined, 3],
  );
});

test('weights count, and setting a key anew counts once', () => {
  const cache = weightedCache<string>(10);
  for (let round = 0; round < 5; round += 1) cache.set('a', 'x', 4);
  cache.set('b', 'y', 6);
  assert.equal(cache.get('a'), 'x');
  cache.set('c', 'z', 5);
  assert.deepEqual(
    ['a', 'b', 'c'].map((key) => cache.get(key)),
    ['x', undefined, 'z'],
  );
});

test('what is too heavy is not kept', () => {
  const cache = weightedCache<string>(10);
  cache.set('a', 'x', 11);
  assert.equal(cache.get('a'), undefined);
  cache.set('b', 'y', 10);
  assert.equal(cache.get('b'), 'y');
});
