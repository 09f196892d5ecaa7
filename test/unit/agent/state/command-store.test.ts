import assert from 'node:assert/strict';
import { test } from 'node:test';
import { temporaryFolder, testState, TestClock } from '../../../support/state.ts';

const HOUR = 3_600_000;
const RESULT = new Uint8Array([1, 2, 3]);

test('a command is new once, then begun, then done with its result', (context) => {
  const folder = temporaryFolder(context);
  const clock = new TestClock();
  const expiresAt = clock.wall() + HOUR;
  const first = testState(context, folder, { clock });
  assert.deepEqual(first.commands.begin('c', expiresAt), { kind: 'new' });
  assert.deepEqual(first.commands.begin('c', expiresAt), { kind: 'begun' });
  assert.equal(first.commands.result('c'), undefined);
  first.close();
  const { commands } = testState(context, folder, { clock });
  assert.deepEqual(
    commands.begin('c', expiresAt),
    { kind: 'begun' },
    'the agent may have ended in the midst of it',
  );
  commands.finish('c', RESULT, expiresAt);
  const repeat = commands.begin('c', expiresAt);
  assert.deepEqual(repeat.kind === 'done' && new Uint8Array(repeat.result), RESULT);
  assert.deepEqual(new Uint8Array(commands.result('c') ?? []), RESULT);
});

test('results stay a day past their expiry, and go then', (context) => {
  const clock = new TestClock();
  const { commands } = testState(context, temporaryFolder(context), { clock });
  commands.begin('old', clock.wall() + HOUR);
  commands.finish('old', RESULT, clock.wall() + HOUR);
  clock.pass(24 * HOUR);
  commands.begin('other', clock.wall());
  assert.notEqual(commands.result('old'), undefined);
  clock.pass(2 * HOUR);
  commands.begin('another', clock.wall());
  assert.equal(commands.result('old'), undefined);
});

test('a jump of the clock forgets no command, so that jumping back repeats none', (context) => {
  const clock = new TestClock();
  const start = clock.wall();
  const { commands } = testState(context, temporaryFolder(context), { clock });
  commands.begin('c', start + HOUR);
  clock.setWall(start + 1000 * HOUR);
  commands.begin('other', clock.wall() + HOUR);
  clock.setWall(start);
  assert.deepEqual(commands.begin('c', start + HOUR), { kind: 'begun' });
});

test('beyond the most commands that can be remembered, new ones are refused', (context) => {
  const { commands } = testState(context, temporaryFolder(context), { mostCommands: 2 });
  const never = 8_000_000_000_000;
  for (const id of ['a', 'b']) assert.equal(commands.begin(id, never).kind, 'new');
  assert.deepEqual(commands.begin('one more', never), { kind: 'refused' });
  assert.deepEqual(commands.begin('a', never), { kind: 'begun' });
});
