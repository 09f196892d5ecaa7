import assert from 'node:assert/strict';
import { test } from 'node:test';
import { translate } from '../../../../../agent/runtimes/containerd/events.ts';
import { containerd } from '../../../../../proto/generated/containerd.js';

const { Subject, TaskExit } = containerd.services.events.v1;

test('a topic says what changed, its first field which one', () => {
  const value = Subject.encode({ subject: 'registry/app:1' }).finish();
  assert.deepEqual(translate('/images/create', value), {
    kind: 'image',
    topic: '/images/create',
    subject: 'registry/app:1',
  });
  assert.equal(translate('/containers/delete', value)?.kind, 'container');
  assert.equal(translate('/tasks/start', value)?.kind, 'container');
  assert.equal(translate('/namespaces/create', value)?.kind, 'other');
});

test("a container's end is an event, a probe's is not", () => {
  const end = TaskExit.encode({ containerId: 'c1', id: 'c1' }).finish();
  const probe = TaskExit.encode({ containerId: 'c1', id: 'probe-7' }).finish();
  assert.equal(translate('/tasks/exit', end)?.subject, 'c1');
  assert.equal(translate('/tasks/exit', probe), undefined);
});

test('an event that cannot be decoded is an event all the same', () => {
  assert.deepEqual(translate('/images/update', Uint8Array.of(0x0a, 0xff)), {
    kind: 'image',
    topic: '/images/update',
    subject: '',
  });
});
