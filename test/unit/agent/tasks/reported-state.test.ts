import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readinessOf } from '../../../../agent/tasks/readiness.ts';
import { imageAges } from '../../../../agent/tasks/remembering.ts';
import { imagesInUse } from '../../../../agent/tasks/reported-state.ts';
import type { Container, Process } from '../../../../core/inventory.ts';

test('an image is in use by containers of any state, and by processes', () => {
  const container: Container = {
    engine: 'containerd',
    namespace: 'n',
    id: 'c',
    name: 'c',
    kind: 'container',
    state: 'exited',
    imageId: 'a',
    imageName: 'a:1',
  };
  const process: Process = {
    bootId: 'b',
    pid: 1,
    parentPid: 0,
    startTicks: 1,
    startedAt: 1,
    command: 'c',
    executable: '/c',
    uid: 0,
    user: 'root',
    attribution: 'container',
    imageId: 'b',
  };
  assert.deepEqual(imagesInUse({ containers: [container], processes: [process] }), new Set(['a', 'b']));
});

test('last use is reported to the hour, so that an image in use does not change the state all the time', () => {
  const hour = 3_600_000;
  const lives = new Map([['a', { firstSeen: 5, lastUsed: 7 * hour + 1234, ageMs: 0, unusedMs: 0 }]]);
  const seen = { observe: () => 0, lives: () => lives } as unknown as Parameters<typeof imageAges>[0];
  const ageOf = imageAges(seen, new Set(['a']), new Set(['a']), () => undefined);
  assert.deepEqual(ageOf('a'), { firstSeen: 5, lastUsed: 7 * hour });
});

test('ready means that the stream is up and the certificate valid', () => {
  assert.deepEqual(readinessOf({ connected: true, since: 0, certificateValidUntil: 10 }, 5), {
    ready: true,
    reasons: [],
  });
  const expired = readinessOf({ connected: true, since: 0, certificateValidUntil: 10 }, 10);
  assert.equal(expired.ready, false);
  assert.match(expired.reasons[0] ?? '', /certificate expired/);
  assert.deepEqual(readinessOf({ connected: false, since: 0, lastError: 'nobody there' }, 5), {
    ready: false,
    reasons: ['nobody there'],
  });
});
