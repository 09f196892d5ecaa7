import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Pace } from '../../../../agent/tasks/pacing-rules.ts';
import type { Pressures } from '../../../../agent/tasks/pressure-rules.ts';

const LIMITS = { cores: 0.25, memory: 10, io: 20 };
const CALM: Pressures = { memory: undefined, io: undefined, 'own-memory': undefined };

function pressed(recent: number): Pressures {
  return { ...CALM, io: { recent, totalMs: 0 } };
}

/** A scan that uses a whole core whenever it may, looked at ten times a second. Gives the CPU seconds of each second. */
function busyScan(pace: Pace, seconds: number, from = 0): number[] {
  const perSecond: number[] = [];
  let held = false;
  for (let second = 0; second < seconds; second += 1) {
    let used = 0;
    for (let tick = 1; tick <= 10; tick += 1) {
      const spent: number = held ? 0 : 0.1;
      used += spent;
      const now = from + second * 1000 + tick * 100;
      held = pace.next(spent, () => CALM, now) !== undefined;
    }
    perSecond.push(used);
  }
  return perSecond;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

test('a scan of fifteen CPU seconds is not held up', () => {
  assert.equal(Math.round(sum(busyScan(new Pace(LIMITS, 0), 15))), 15);
});

test('a long scan has its share of every minute, the first too', () => {
  const perSecond = busyScan(new Pace(LIMITS, 0), 300);
  for (let minute = 0; minute < 5; minute += 1) {
    const used = sum(perSecond.slice(minute * 60, minute * 60 + 60));
    assert.ok(used > 14 && used < 15.2, `${used} s in minute ${minute}`);
  }
});

/** Most that a scan uses between two looks here, in CPU seconds. */
const SLICE = 0.4;
/** What a scan uses between two looks, and how long until the next. */
const steps = fc.array(
  fc.record({
    used: fc.double({ min: 0, max: SLICE, noNaN: true }),
    waitMs: fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: 50, max: 400 }) },
      { weight: 1, arbitrary: fc.integer({ min: 400, max: 90_000 }) },
    ),
  }),
  { minLength: 300, maxLength: 1500, size: 'max' },
);

test('no minute has more than its share and the slice that went beyond it', () => {
  fc.assert(
    fc.property(steps, fc.double({ min: 0.01, max: 1, noNaN: true }), (sequence, cores) => {
      const pace = new Pace({ ...LIMITS, cores }, 0);
      const uses: { readonly at: number; readonly used: number }[] = [];
      let now = 0;
      let begin = 0;
      let minute = 0;
      let held = false;
      for (const { used, waitMs } of sequence) {
        now += waitMs;
        const spent: number = held ? 0 : used;
        uses.push({ at: now, used: spent });
        minute += spent;
        for (; (uses[begin]?.at ?? now) <= now - 60_000; begin += 1) minute -= uses[begin]?.used ?? 0;
        assert.ok(minute <= cores * 60 + SLICE, `${minute} s in the minute before ${now}`);
        held = pace.next(spent, () => CALM, now) !== undefined;
      }
      // Slices that took longer than there was do not add up.
      const total = sum(uses.map((use) => use.used));
      assert.ok(total <= cores * 60 + (cores * now) / 1000 + SLICE, `${total} s in ${now} ms`);
    }),
    { numRuns: 50 },
  );
});

test('it is held and let go in short slices, so that nobody waits long for the processor', () => {
  const perSecond = busyScan(new Pace(LIMITS, 0), 120).slice(60);
  assert.ok(perSecond.every((used) => used <= 0.5));
  assert.ok(perSecond.filter((used) => used > 0).length > 40);
});

test('after a minute of rest a scan may burst again', () => {
  const pace = new Pace(LIMITS, 0);
  busyScan(pace, 120);
  assert.equal(Math.round(sum(busyScan(pace, 15, 120_000 + 60_000))), 15);
});

test('pressure comes before the CPU budget, and is told', () => {
  const pace = new Pace(LIMITS, 0);
  const hold = pace.next(100, () => pressed(34), 1000);
  assert.deepEqual(hold, { reason: 'io', sentence: 'scanning is paused: IO pressure 34 % (limit 20 %)' });
});

test("what the node went through between two scans is the kernel's average to tell", () => {
  const pace = new Pace(LIMITS, 0);
  assert.equal(
    pace.next(0, () => pressed(0), 0),
    undefined,
  );
  assert.equal(
    pace.next(0, () => pressed(50), 5000),
    undefined,
  );
  assert.equal(pace.next(0, () => pressed(50), 60_000)?.reason, 'io');
});
