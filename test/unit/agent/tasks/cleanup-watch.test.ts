import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CleanupError } from '../../../../agent/cleanup/cleanup-error.ts';
import { CleanupWatch, type CleanupWatchParts } from '../../../../agent/tasks/cleanup-watch.ts';

const signal = new AbortController().signal;
const NOTHING: CleanupWatchParts['cleanup'] = {
  settle: async () => undefined,
  kept: () => [],
  undo: async () => ({ restored: [], problems: [] }),
};

test('journals that cannot be read are told of, and do not stop whoever says what is on the node', async () => {
  const failures: unknown[] = [];
  const error = new CleanupError('journal', 'a journal cannot be used');
  const kept = (): never => {
    throw error;
  };
  const failed = (why: unknown): void => void failures.push(why);
  const watch = new CleanupWatch(
    { cleanup: { ...NOTHING, kept }, restored: () => undefined, failed },
    signal,
  );
  watch.present(new Set(['a']));
  await watch.close();
  assert.deepEqual(failures, [error]);
});

test('an image that is told of again while it is brought back is brought back once', async () => {
  const kept = new Set(['a', 'b']);
  const undone: (readonly string[] | undefined)[] = [];
  const restored: (readonly string[])[] = [];
  const cleanup: CleanupWatchParts['cleanup'] = {
    ...NOTHING,
    kept: () => [...kept].map((imageId) => ({ imageId, runId: 'run' })),
    async undo(_runId, { imageIds = [] }) {
      undone.push(imageIds);
      // Its names are back, which leads to another look at the node.
      watch.present(new Set(['a']));
      for (const imageId of imageIds) kept.delete(imageId);
      return { restored: imageIds, problems: [] };
    },
  };
  const watch = new CleanupWatch(
    {
      cleanup,
      restored: (imageIds) => restored.push(imageIds),
      failed: (error) => assert.fail(String(error)),
    },
    signal,
  );
  watch.present(new Set(['a']));
  watch.present(new Set(['a']));
  await watch.close();
  await watch.close();
  assert.deepEqual(undone, [['a']]);
  assert.deepEqual(restored, [['a']]);
});

test('however often the time comes, what waits is looked after once more', async () => {
  const first = Promise.withResolvers<void>();
  let settled = 0;
  const cleanup = {
    ...NOTHING,
    settle: async (): Promise<void> => {
      settled += 1;
      await first.promise;
    },
  };
  const watch = new CleanupWatch(
    { cleanup, restored: () => undefined, failed: (error) => assert.fail(String(error)) },
    signal,
  );
  watch.tick();
  await Promise.resolve();
  for (let minute = 0; minute < 60; minute += 1) watch.tick();
  first.resolve();
  await watch.close();
  assert.equal(settled, 2);
});
