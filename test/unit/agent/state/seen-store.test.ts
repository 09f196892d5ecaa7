import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { openState } from '../../../../agent/state/state.ts';
import { temporaryFolder, testState, TestClock } from '../../../support/state.ts';

const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;

test('an image has the time it was first seen, and when it was last seen in use', (context) => {
  const clock = new TestClock();
  const start = clock.wall();
  const { seen } = testState(context, temporaryFolder(context), { clock });
  seen.observe(['a', 'b'], ['b']);
  clock.pass(HOUR);
  seen.observe(['a', 'b'], ['b']);
  clock.pass(HOUR);
  seen.observe(['a', 'b'], []);
  assert.deepEqual(seen.life('a'), { firstSeen: start, ageMs: 2 * HOUR, unusedMs: 2 * HOUR });
  assert.deepEqual(seen.life('b'), {
    firstSeen: start,
    lastUsed: start + HOUR,
    ageMs: 2 * HOUR,
    unusedMs: HOUR,
  });
  assert.deepEqual(seen.lives(), new Map([...['a', 'b'].map((id) => [id, seen.life(id)] as const)]));
  assert.equal(seen.life('c'), undefined);
});

test('an image in use that no engine lists is remembered too', (context) => {
  const { seen } = testState(context, temporaryFolder(context));
  seen.observe([], ['a']);
  assert.equal(seen.life('a')?.unusedMs, 0);
});

test('ages outlive the agent: what passed while only the agent was down counts', (context) => {
  const folder = temporaryFolder(context);
  const clock = new TestClock();
  const first = testState(context, folder, { clock });
  first.seen.observe(['a'], []);
  first.close();
  clock.pass(HOUR);
  const { seen } = testState(context, folder, { clock });
  assert.equal(seen.life('a')?.ageMs, HOUR);
});

test('a reboot does not end an age; the time the node was off does not count', (context) => {
  const folder = temporaryFolder(context);
  const clock = new TestClock();
  const first = testState(context, folder, { clock });
  first.seen.observe(['a'], []);
  clock.pass(HOUR);
  first.seen.observe(['a'], []);
  first.close();
  clock.reboot(20 * HOUR);
  clock.pass(HOUR / 2);
  const { seen } = testState(context, folder, { clock });
  assert.equal(seen.life('a')?.ageMs, 1.5 * HOUR);
});

test('a jump of the wall clock changes no age, and is told once', (context) => {
  const clock = new TestClock();
  const { seen } = testState(context, temporaryFolder(context), { clock });
  seen.observe(['a'], []);
  for (const jump of [YEAR, -2 * YEAR]) {
    clock.setWall(clock.wall() + jump);
    assert.equal(seen.observe(['a'], []), jump);
    assert.equal(seen.observe(['a'], []), 0);
    assert.equal(seen.life('a')?.ageMs, 0);
  }
  clock.pass(HOUR);
  assert.equal(seen.observe(['a'], []), 0);
  assert.equal(seen.life('a')?.ageMs, HOUR);
});

test('a jump while the agent was down is told as well', (context) => {
  const folder = temporaryFolder(context);
  const clock = new TestClock();
  testState(context, folder, { clock }).close();
  clock.setWall(clock.wall() + YEAR);
  assert.equal(testState(context, folder, { clock }).seen.observe([], []), YEAR);
});

test('an image that was gone and came back is new', (context) => {
  const clock = new TestClock();
  const { seen } = testState(context, temporaryFolder(context), { clock });
  seen.observe(['a', 'b'], ['a']);
  clock.pass(HOUR);
  assert.equal(seen.forget(['b']), 1);
  seen.observe(['a', 'b'], []);
  assert.deepEqual(
    [seen.life('a')?.ageMs, seen.life('a')?.lastUsed, seen.life('b')?.ageMs],
    [0, undefined, HOUR],
  );
});

test('property: whatever happens to node, agent and clock, ages grow with true uptime and never exceed it', (context) => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 10 * HOUR }) }),
    fc.record({ kind: fc.constant('set' as const), ms: fc.integer({ min: -YEAR, max: YEAR }) }),
    fc.record({ kind: fc.constant('reboot' as const), ms: fc.integer({ min: 0, max: YEAR }) }),
    fc.record({ kind: fc.constantFrom('restart' as const, 'observe' as const), ms: fc.constant(0) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const folder = temporaryFolder(context);
      const clock = new TestClock();
      const open = () => openState(folder, { clock, outbox: { maxBytes: 1, dropFirst: [] } });
      let state = open();
      state.seen.observe(['a'], []);
      let up = 0;
      let atLeast = 0;
      let previous = 0;
      for (const { kind, ms } of steps) {
        if (kind === 'pass') up += ms;
        if (kind === 'pass') clock.pass(ms);
        if (kind === 'set') clock.setWall(clock.wall() + ms);
        if (kind === 'observe') state.seen.observe(['a'], []);
        if (kind === 'observe' || kind === 'restart') atLeast = up;
        if (kind === 'reboot') {
          state.close();
          atLeast = up;
          clock.reboot(ms);
          state = open();
        }
        if (kind === 'restart') {
          state.close();
          state = open();
        }
        const age = state.seen.life('a')?.ageMs ?? -1;
        assert.ok(age <= up && age >= atLeast && age >= previous, `${age} of ${up}`);
        previous = age;
      }
      state.close();
    }),
    { numRuns: 15 },
  );
});
