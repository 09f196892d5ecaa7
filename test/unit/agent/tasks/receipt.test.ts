import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runState } from '../../../../agent/cleanup/journal/run-state.ts';
import type { JournalRecord } from '../../../../agent/cleanup/journal/records.ts';
import { receiptOf } from '../../../../agent/tasks/receipt.ts';
import { decodeEvent, encodeEvent } from '../../../../proto/codec/event.ts';

const BEGUN: JournalRecord = {
  at: 1000,
  kind: 'begun',
  version: 1,
  runId: 'run-1',
  planId: 'plan-1',
  node: 'node-1',
  issuer: 'schedule',
  graceMs: 500,
  predicted: { bytes: 30, inodes: 3 },
  images: ['a', 'b'].map((imageId) => ({
    imageId,
    names: [`${imageId}:1`],
    why: 'unused 40 days',
    predicted: { bytes: 15, inodes: 1 },
  })),
};

test('a receipt has what the journal has, and goes over the wire as it is', () => {
  const run = runState([
    BEGUN,
    { at: 1100, kind: 'image-ended', imageId: 'a', status: 'quarantined' },
    { at: 1200, kind: 'image-ended', imageId: 'b', status: 'raced', reason: 'used by container web' },
    { at: 1300, kind: 'ended', outcome: 'partial' },
  ]);
  assert.ok(run);
  const body = receiptOf(run);
  assert.deepEqual(body, {
    kind: 'receipt',
    runId: 'run-1',
    planId: 'plan-1',
    issuer: 'schedule',
    begunAt: 1000,
    endedAt: 1300,
    outcome: 'partial',
    undoUntil: 1500,
    predictedBytes: 30,
    measuredBytes: 0,
    items: [
      {
        imageId: 'a',
        names: ['a:1'],
        status: 'quarantined',
        why: 'unused 40 days',
        predictedBytes: 15,
        measuredBytes: 0,
      },
      {
        imageId: 'b',
        names: ['b:1'],
        status: 'raced',
        reason: 'used by container web',
        why: 'unused 40 days',
        predictedBytes: 15,
        measuredBytes: 0,
      },
    ],
  });
  assert.deepEqual(decodeEvent(encodeEvent({ number: 1, time: 2, body })).body, body);
});

test('what was freed later is in the next receipt, and nothing can be undone any more', () => {
  const freed = { isReleased: true, images: [{ imageId: 'a', measured: { bytes: 14, inodes: 1 } }] };
  const run = runState([
    BEGUN,
    { at: 1100, kind: 'image-ended', imageId: 'a', status: 'quarantined' },
    { at: 2000, kind: 'freed', ...freed },
  ]);
  assert.ok(run);
  const body = receiptOf(run);
  assert.ok(body.kind === 'receipt');
  assert.equal(body.measuredBytes, 14);
  assert.equal(body.undoUntil, undefined);
  assert.deepEqual(
    body.items.map(({ status, reason }) => [status, reason]),
    [
      ['deleted', undefined],
      ['failed', 'the run was cut off'],
    ],
  );
});
