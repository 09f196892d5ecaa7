import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PruneClock } from '../../../collector/prune-clock.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const YEAR_MS = 365 * DAY_MS;
const START = Date.UTC(2026, 0, 1);

test('as long as runs follow each other, the clock is the time', () => {
  const times = new PruneClock(START, 0);
  assert.deepEqual(times.turn(START + 5, 5, undefined), { asOf: START + 5 });
  assert.deepEqual(times.turn(START + HOUR_MS, HOUR_MS, START + 5), { asOf: START + HOUR_MS });
  // Off for a night.
  const restarted = new PruneClock(START + 12 * HOUR_MS, 7);
  assert.deepEqual(restarted.turn(START + 12 * HOUR_MS, 8, START + HOUR_MS), { asOf: START + 12 * HOUR_MS });
});

test('a clock that goes ahead while the collector runs: nothing, then a day an hour', () => {
  const times = new PruneClock(START, 0);
  let last = START;
  assert.deepEqual(times.turn(START + YEAR_MS, HOUR_MS, last), { why: 'jumped' });
  for (let hour = 1; hour <= 5; hour += 1) {
    const turn = times.turn(START + YEAR_MS + hour * HOUR_MS, (hour + 1) * HOUR_MS, last);
    assert.deepEqual(turn, { asOf: START + hour * DAY_MS, why: 'behind' });
    last = turn.asOf ?? 0;
  }
  // It is set right again.
  assert.deepEqual(times.turn(START + 7 * HOUR_MS, 7 * HOUR_MS, last), { asOf: START + 7 * HOUR_MS });
});

test('a clock that is ahead from the start: nothing in the first hour, however often it starts', () => {
  const ahead = START + 10 * YEAR_MS;
  for (let start = 0; start < 20; start += 1) {
    const times = new PruneClock(ahead + start * 360_000, start * 360_000);
    assert.deepEqual(times.turn(ahead + start * 360_000 + 300_000, start * 360_000 + 300_000, START), {
      why: 'behind',
    });
  }
});

test('a collector that was off for weeks catches up a day an hour', () => {
  const wall = START + 30 * DAY_MS;
  const times = new PruneClock(wall, 0);
  let last = START;
  let hours = 0;
  for (; last < wall; hours += 1) {
    const { asOf } = times.turn(wall + hours * HOUR_MS, hours * HOUR_MS, last);
    if (asOf !== undefined) last = asOf;
  }
  assert.ok(hours >= 30 && hours <= 33, `${hours} hours`);
});

test('a clock that is set back removes nothing more', () => {
  const times = new PruneClock(START, 0);
  assert.deepEqual(times.turn(START - YEAR_MS, HOUR_MS, START), { asOf: START - YEAR_MS });
});

test('whatever the clock does, one run reaches at most a day beyond the one before', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -YEAR_MS, max: 20 * YEAR_MS }), { maxLength: 50 }), (offsets) => {
      const times = new PruneClock(START, 0);
      let last = START;
      for (const [hour, offset] of offsets.entries()) {
        const { asOf } = times.turn(START + hour * HOUR_MS + offset, hour * HOUR_MS, last);
        if (asOf === undefined) continue;
        assert.ok(asOf <= last + DAY_MS);
        last = asOf;
      }
    }),
  );
});
