import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QuietCollection } from '../../../collector/quiet-collection.ts';

/** Looks after each of so many changes; how often garbage was collected after each. */
function collections(changes: readonly number[]): readonly number[] {
  let count = 0;
  const quiet = new QuietCollection(() => (count += 1));
  return changes.map((some) => {
    for (let at = 0; at < some; at += 1) quiet.note();
    quiet.look();
    return count;
  });
}

test('garbage is collected once after each busy time', () => {
  assert.deepEqual(
    collections([0, 3, 20_000, 30_000, 4000, 2000, 5, 0, 600, 10, 0]),
    [0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2],
  );
});

test('a fleet that is always as busy has none collected by hand', () => {
  assert.deepEqual(collections([700, 650, 720, 690]), [0, 0, 0, 0]);
});
