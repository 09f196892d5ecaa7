import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { systemClock } from '../../../../agent/state/clock.ts';
import { openState, type State } from '../../../../agent/state/state.ts';
import { commandHandler } from '../../../../agent/tasks/commands.ts';
import { EventLog, numberedOutbox } from '../../../../agent/tasks/event-log.ts';
import type { Command, CommandAction } from '../../../../proto/codec/command.ts';
import { decodeEvent, type EventBody } from '../../../../proto/codec/event.ts';

function stateFor(context: TestContext): State {
  const folder = mkdtempSync(join(tmpdir(), 'tallyman-commands-'));
  const state = openState(folder, { clock: systemClock(), outbox: { maxBytes: 1 << 20, dropFirst: [] } });
  context.after(() => {
    state.close();
    rmSync(folder, { recursive: true });
  });
  return state;
}

function command(id: string, action: CommandAction): Command {
  const now = Date.now();
  return { id, issuer: 'test', issuedAt: now, expiresAt: now + 60_000, node: 'n', action };
}

test('a command is carried out once, and a repeat gets the same result', (context) => {
  const state = stateFor(context);
  const events: EventBody[] = [];
  let scans = 0;
  const handle = commandHandler({
    store: state.commands,
    report: (event) => void events.push(event),
    scan: () => void (scans += 1),
  });
  const scan = command('one', { kind: 'scan', anew: false });
  handle({ command: scan, verdict: 'execute' });
  handle({ command: scan, verdict: 'execute' });
  assert.equal(scans, 1);
  assert.equal(events.length, 2);
  assert.deepEqual(events[0], events[1]);
});

test('what would remove something, and what is not known, is refused with a sentence', (context) => {
  const state = stateFor(context);
  const events: EventBody[] = [];
  const handle = commandHandler({
    store: state.commands,
    report: (event) => void events.push(event),
    scan: () => undefined,
  });
  const actions: readonly CommandAction[] = [
    { kind: 'plan-cleanup', policy: new Uint8Array() },
    { kind: 'apply-plan', planId: 'p', stateHash: new Uint8Array() },
    { kind: 'undo', receiptId: 'r', imageIds: [], reason: '' },
    { kind: 'unknown' },
  ];
  for (const action of actions) handle({ command: command(action.kind, action), verdict: 'execute' });
  for (const event of events)
    assert.ok(event.kind === 'command-result' && event.outcome === 'refused' && event.message.endsWith('.'));
  assert.equal(events.length, actions.length);
});

test('an event leaves the outbox with the number that it has there', (context) => {
  const state = stateFor(context);
  let added = 0;
  const log = new EventLog(
    state.outbox,
    () => 1234,
    () => void (added += 1),
  );
  log.add({ kind: 'engine-change', engine: 'docker', status: 'degraded' });
  log.add({ kind: 'engine-change', engine: 'docker', status: 'ok' });
  const events = numberedOutbox(state.outbox, assert.fail).pending(0, 10, 1 << 20);
  assert.deepEqual(
    events.map(({ payload }) => decodeEvent(payload)),
    [
      { number: 1, time: 1234, body: { kind: 'engine-change', engine: 'docker', status: 'degraded' } },
      { number: 2, time: 1234, body: { kind: 'engine-change', engine: 'docker', status: 'ok' } },
    ],
  );
  assert.equal(added, 2);
  assert.equal(numberedOutbox(state.outbox, assert.fail).count(), 2);
});
