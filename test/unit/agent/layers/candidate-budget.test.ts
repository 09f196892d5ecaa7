import assert from 'node:assert/strict';
import { test } from 'node:test';
import { candidateBudget } from '../../../../agent/layers/candidate-budget.ts';

function taken(path: string): number {
  const budget = candidateBudget();
  let count = 0;
  while (budget.take(path)) count += 1;
  return count;
}

test('more candidates than any layer has are taken, and not many times as many', () => {
  const count = taken('usr/lib/node_modules/a/node_modules/b/package.json');
  assert.ok(count > 100_000 && count < 200_000, String(count));
});

test('long paths leave room for fewer', () => {
  assert.ok(taken('x'.repeat(4096)) < 12_000);
});
