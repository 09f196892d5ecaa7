import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CommandClaim } from '../../../../agent/state/command-store.ts';
import { temporaryFolder, testState, TestClock } from '../../../support/state.ts';

const HOUR = 3_600_000;
const ASKED = new Uint8Array([1, 2, 3]);
const RESULT = { outcome: 'failed', message: 'Two of 3 images were removed.', detail: ASKED };

test('a command is new once, then begun, then done with its result', (context) => {
  const folder = temporaryFolder(context);
  const clock = new TestClock();
  const expiresAt = clock.wall() + HOUR;
  const first = testState(context, folder, { clock });
  assert.deepEqual(first.commands.begin('c', expiresAt, ASKED), { kind: 'new' });
  assert.deepEqual(first.commands.begin('c', expiresAt, ASKED), { kind: 'begun' });
  first.close();
  const { commands } = testState(context, folder, { clock });
  assert.deepEqual(
    commands.begin('c', expiresAt, ASKED),
    { kind: 'begun' },
    'the agent may have ended in the midst of it',
  );
  commands.finish('c', RESULT, expiresAt);
  assert.deepEqual(plain(commands.begin('c', expiresAt, ASKED)), { kind: 'done', result: RESULT });
  commands.told('c', 17);
  assert.deepEqual(plain(commands.begin('c', expiresAt, ASKED)), { kind: 'done', result: RESULT, event: 17 });
});

test('results stay a day past their expiry, and go then', (context) => {
  const clock = new TestClock();
  const { commands } = testState(context, temporaryFolder(context), { clock });
  commands.begin('old', clock.wall() + HOUR, ASKED);
  commands.finish('old', RESULT, clock.wall() + HOUR);
  clock.pass(24 * HOUR);
  commands.begin('other', clock.wall(), ASKED);
  assert.equal(commands.begin('old', clock.wall(), ASKED).kind, 'done');
  clock.pass(2 * HOUR);
  commands.begin('another', clock.wall(), ASKED);
  assert.equal(commands.begin('old', clock.wall(), ASKED).kind, 'new');
});

test('a jump of the clock forgets no command, so that jumping back repeats none', (context) => {
  const clock = new TestClock();
  const start = clock.wall();
  const { commands } = testState(context, temporaryFolder(context), { clock });
  commands.begin('c', start + HOUR, ASKED);
  clock.setWall(start + 1000 * HOUR);
  commands.begin('other', clock.wall() + HOUR, ASKED);
  clock.setWall(start);
  assert.deepEqual(commands.begin('c', start + HOUR, ASKED), { kind: 'begun' });
});

test('beyond the most commands that can be remembered, new ones are refused', (context) => {
  const { commands } = testState(context, temporaryFolder(context), { mostCommands: 2 });
  const never = 8_000_000_000_000;
  for (const id of ['a', 'b']) assert.equal(commands.begin(id, never, ASKED).kind, 'new');
  assert.deepEqual(commands.begin('one more', never, ASKED), { kind: 'refused' });
  assert.deepEqual(commands.begin('a', never, ASKED), { kind: 'begun' });
});

test('what is harmless and done gives way to new commands', (context) => {
  const { commands } = testState(context, temporaryFolder(context), { mostCommands: 2 });
  const never = 8_000_000_000_000;
  commands.begin('ping', never, ASKED, true);
  commands.begin('apply', never, ASKED);
  commands.finish('apply', RESULT, never);
  assert.deepEqual(commands.begin('other', never, ASKED), { kind: 'refused' }, 'the ping has no result yet');
  commands.finish('ping', RESULT, never);
  assert.deepEqual(commands.begin('other', never, ASKED), { kind: 'new' });
  assert.equal(commands.begin('apply', never, ASKED).kind, 'done');
  assert.deepEqual(commands.begin('one more', never, ASKED), { kind: 'refused' });
});

test('commands that were begun are found with what they asked', (context) => {
  const { commands } = testState(context, temporaryFolder(context));
  const never = 8_000_000_000_000;
  for (const id of ['a', 'b']) commands.begin(id, never, ASKED);
  commands.finish('a', RESULT, never);
  const begun = commands.begun().map((one) => ({ ...one, asked: new Uint8Array(one.asked) }));
  assert.deepEqual(begun, [{ id: 'b', asked: ASKED, expiresAt: never }]);
});

test('details of the commands that expire first give way when there are too many bytes of them', (context) => {
  const { commands } = testState(context, temporaryFolder(context));
  const detail = new Uint8Array(6 * 1024 * 1024);
  const ids = ['a', 'b', 'c', 'd'];
  for (const [at, id] of ids.entries()) {
    commands.begin(id, 8_000_000_000_000 + at, ASKED);
    commands.finish(id, { ...RESULT, detail }, 8_000_000_000_000 + at);
  }
  const kept = ids.filter((id) => {
    const claim = commands.begin(id, 8_000_000_000_000, ASKED);
    assert.ok(claim.kind === 'done' && claim.result.message === RESULT.message);
    return claim.result.detail !== undefined;
  });
  assert.deepEqual(kept, ['c', 'd']);
});

function plain(claim: CommandClaim): CommandClaim {
  if (claim.kind !== 'done' || claim.result.detail === undefined) return claim;
  return { ...claim, result: { ...claim.result, detail: new Uint8Array(claim.result.detail) } };
}
