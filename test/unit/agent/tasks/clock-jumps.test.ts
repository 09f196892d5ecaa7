import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClockJumps } from '../../../../agent/tasks/clock-jumps.ts';

const HOUR = 3_600_000;

test('each time the clock was set is told for a day, the latest only', () => {
  let elapsed = 0;
  const jumps = new ClockJumps(() => elapsed);
  jumps.note(0);
  assert.deepEqual(jumps.warnings(), []);
  jumps.note(-90 * 24 * HOUR);
  elapsed += 3 * HOUR;
  jumps.note(2 * HOUR);
  const rest = 'ages are counted without it, times in receipts are by it.';
  assert.deepEqual(jumps.warnings(), [
    `The clock of this node was set back by 90 days, 3 hours ago: ${rest}`,
    `The clock of this node was set forward by 2 hours, 0 seconds ago: ${rest}`,
  ]);
  elapsed += 22 * HOUR;
  assert.equal(jumps.warnings().length, 1);
  elapsed += 24 * HOUR;
  assert.deepEqual(jumps.warnings(), []);
  for (let times = 1; times < 20; times += 1) jumps.note(times * HOUR);
  assert.equal(jumps.warnings().length, 5);
});
