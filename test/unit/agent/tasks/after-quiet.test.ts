import assert from 'node:assert/strict';
import { test } from 'node:test';
import { afterQuiet } from '../../../../agent/tasks/after-quiet.ts';

test('many calls lead to one run, some time after the last of them', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  let runs = 0;
  const called = afterQuiet(1_000, () => (runs += 1));
  context.mock.timers.tick(5_000);
  assert.equal(runs, 0);
  for (let call = 0; call < 3; call += 1) {
    called();
    context.mock.timers.tick(900);
  }
  assert.equal(runs, 0);
  context.mock.timers.tick(100);
  assert.equal(runs, 1);
  context.mock.timers.tick(5_000);
  assert.equal(runs, 1);
});
