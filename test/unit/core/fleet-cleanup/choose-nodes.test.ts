import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseNodes } from '../../../../core/fleet-cleanup/choose-nodes.ts';

const known = ['db-1', 'web-1', 'web-10', 'web-2'];
const connected = new Set(['web-1', 'db-1']);

for (const [asked, nodes, unknown] of [
  [[], ['db-1', 'web-1'], []],
  [['web-2', 'db-1'], ['db-1', 'web-2'], []],
  [['web-*'], ['web-1', 'web-10', 'web-2'], []],
  [['*1', 'web-1'], ['db-1', 'web-1'], []],
  [['w*b*1*'], ['web-1', 'web-10'], []],
  [['*'], known, []],
  [['web', 'x*', 'web-1'], ['web-1'], ['web', 'x*']],
  [['web-1*1'], [], ['web-1*1']],
] as const) {
  test(`nodes meant by ${JSON.stringify(asked)}`, () => {
    assert.deepEqual(chooseNodes(asked, known, connected), { nodes, unknown });
  });
}

test('a pattern of many stars is quick', () => {
  const name = 'a'.repeat(5000);
  assert.deepEqual(chooseNodes([`${'a*'.repeat(2000)}b`], [name], new Set()).nodes, []);
});
