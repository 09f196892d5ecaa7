import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runState, type RunState } from '../../../../agent/cleanup/journal/run-state.ts';
import type { JournalRecord } from '../../../../agent/cleanup/journal/records.ts';
import { CleanupError } from '../../../../agent/cleanup/cleanup-error.ts';
import { watchRun, type RunProgress } from '../../../../agent/tasks/watch-run.ts';
import { NO_SPACE } from '../../../../core/cleanup/storage.ts';

const images = ['a', 'b'].map((imageId) => ({ imageId, names: [], why: 'old', predicted: NO_SPACE }));
const whole: readonly JournalRecord[] = [
  {
    ...{ at: 1, kind: 'begun', version: 1, runId: 'r1', planId: 'p', node: 'n', issuer: 'schedule' },
    ...{ graceMs: 0, predicted: NO_SPACE, images },
  },
  { at: 2, kind: 'image-ended', imageId: 'a', status: 'deleted' },
  { at: 3, kind: 'image-ended', imageId: 'b', status: 'deleted' },
  { at: 4, kind: 'ended', outcome: 'done' },
];

/** A journal that has one record more each time that it is read. */
function growing(records: readonly JournalRecord[]) {
  let length = 0;
  const read = (): RunState => {
    length = Math.min(length + 1, records.length);
    const run = runState(records.slice(0, length));
    assert.ok(run);
    return run;
  };
  return {
    history: () => [read()],
    receipt(runId: string) {
      if (runId !== 'r1') throw new CleanupError('unknown', `this node has no receipt ${runId}`);
      return read();
    },
  };
}

test('the run that goes on is followed to its end, a step at a time', async () => {
  const told: RunProgress[] = [];
  const signal = AbortSignal.timeout(10_000);
  const run = await watchRun(growing(whole), undefined, (progress) => told.push(progress), signal);
  assert.equal(run.outcome, 'done');
  assert.deepEqual(
    told.map(({ runId, issuer, done, total }) => [runId, issuer, done, total]),
    [
      ['r1', 'schedule', 1, 2],
      ['r1', 'schedule', 2, 2],
    ],
  );
});

test('where nothing goes on, and for a run that is not known, it says so', async () => {
  const signal = AbortSignal.timeout(10_000);
  const ended = { history: () => [], receipt: (runId: string) => growing(whole).receipt(runId) };
  await assert.rejects(
    watchRun(ended, undefined, () => undefined, signal),
    /no cleanup goes on here/,
  );
  await assert.rejects(
    watchRun(ended, 'r2', () => undefined, signal),
    /no receipt r2/,
  );
});

test('it ends when it is called off', async () => {
  const called = new AbortController();
  const [first] = whole;
  assert.ok(first);
  const watched = watchRun(growing([first]), 'r1', () => called.abort(new Error('enough')), called.signal);
  await assert.rejects(watched, { name: 'AbortError' });
});
