import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownImage, ownUses } from '../../../../agent/tasks/own-uses.ts';
import type { Process } from '../../../../core/inventory.ts';

function processOf(pid: number, imageId?: string): Process {
  return {
    ...{ pid, parentPid: 1, startedAt: 0, executable: '/tallyman', command: '', user: 'root' },
    attribution: imageId === undefined ? 'host' : 'container',
    ...(imageId !== undefined && { imageId }),
  } as Process;
}

test('our image is that of the container in which we run', () => {
  const processes = [processOf(10, 'sha256:web'), processOf(20, 'sha256:us'), processOf(30)];
  assert.equal(ownImage(processes, 20), 'sha256:us');
  assert.equal(ownImage(processes, 30), undefined);
  assert.equal(ownImage(processes, 40), undefined);
});

test('nothing is used by us where we run in no container and read no image', () => {
  assert.deepEqual(ownUses(undefined, undefined), []);
});
