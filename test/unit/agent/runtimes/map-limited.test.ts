import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'node:test';
import { mapLimited } from '../../../../agent/runtimes/map-limited.ts';

test('results keep the order of the items, and no more than the limit are at work', async () => {
  let working = 0;
  let most = 0;
  const results = await mapLimited([5, 1, 4, 2, 3], 2, async (turns) => {
    working += 1;
    most = Math.max(most, working);
    for (let at = 0; at < turns; at += 1) await turn();
    working -= 1;
    return turns * 10;
  });
  assert.deepEqual(results, [50, 10, 40, 20, 30]);
  assert.equal(most, 2);
});

test('after an error nothing new is begun, and what is at work is waited for', async () => {
  const begun: number[] = [];
  const done: number[] = [];
  const mapping = mapLimited([1, 2, 3, 4], 2, async (item) => {
    begun.push(item);
    if (item === 1) throw new Error('one');
    await turn();
    await turn();
    done.push(item);
  });
  await assert.rejects(mapping, /one/);
  assert.deepEqual([begun, done], [[1, 2], [2]]);
});

test('no items give no results', async () => {
  assert.deepEqual(await mapLimited([], 4, async (item) => item), []);
});
