import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StateError } from '../../../../agent/state/state-error.ts';
import { EventLog } from '../../../../agent/tasks/event-log.ts';

test('an event that is kept counts as kept, though there is no room to tell of earlier losses', () => {
  const kept: string[] = [];
  let hasRoom = false;
  const outbox = {
    append: (kind: string) => kept.push(kind),
    reportLosses() {
      if (!hasRoom) throw new StateError('full', 'the disk is full');
      return kept.push('loss');
    },
  };
  const log = new EventLog(
    outbox,
    () => 1,
    () => undefined,
  );
  const event = { kind: 'engine-change', engine: 'docker', status: 'ok' } as const;
  assert.equal(log.add(event), 1);
  log.note(event, (error) => assert.fail(String(error)));
  hasRoom = true;
  log.note(event, (error) => assert.fail(String(error)));
  assert.deepEqual(kept, ['engine-change', 'engine-change', 'engine-change', 'loss']);
});
