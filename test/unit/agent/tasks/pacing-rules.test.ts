import assert from 'node:assert/strict';
import { test } from 'node:test';
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

test('a long scan has its share of every minute after the first', () => {
  const perSecond = busyScan(new Pace(LIMITS, 0), 300);
  for (let minute = 1; minute < 5; minute += 1) {
    const used = sum(perSecond.slice(minute * 60, minute * 60 + 60));
    assert.ok(used > 14 && used < 15.5, `${used} s in minute ${minute}`);
  }
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
