import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'node:test';
import { readEach } from '../../../../../agent/runtimes/docker/each.ts';
import { RuntimeError } from '../../../../../agent/runtimes/runtime.ts';

const ITEMS = Array.from({ length: 40 }, (_, at) => at);

test('what is gone is left out, and what the engine fails on by itself is handed on', async () => {
  const results = await readEach(
    ITEMS.slice(0, 6),
    async (item) => {
      if (item === 2) return undefined;
      if (item === 4) throw new RuntimeError('failed', 'damaged');
      return item;
    },
    (item, error) => (error.message === 'damaged' ? -item : undefined),
  );
  assert.deepEqual(results, [0, 1, 3, -4, 5]);
});

test('an error that ends it all is thrown once nothing is asked for any more', async () => {
  const begun: number[] = [];
  let working = 0;
  const reading = readEach(ITEMS, async (item) => {
    begun.push(item);
    working += 1;
    await turn();
    working -= 1;
    if (item === 2) throw new RuntimeError('unreachable', 'hung up');
    return item;
  });
  await assert.rejects(reading, { message: 'hung up' });
  assert.equal(working, 0);
  const then = begun.length;
  for (let turns = 0; turns < ITEMS.length; turns += 1) await turn();
  assert.equal(begun.length, then);
});
