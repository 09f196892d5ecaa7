import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measureFreed, sumOf } from '../../../../core/cleanup/measure.ts';
import { SpaceLedger } from '../../../../core/cleanup/storage.ts';
import { storageOf } from '../../../support/cleanup-node.ts';

const BEFORE = storageOf({ a: ['base:100', 'a:1'], b: ['base:100', 'b:10'], c: ['c:1000'] }, ['lost:7']);
const [A, B, C] = ['sha256:a', 'sha256:b', 'sha256:c'] as const;

test('each image is given what the ledger said that it frees in its turn', () => {
  const ledger = new SpaceLedger(BEFORE);
  const predicted = [A, B, C].map((imageId) => [imageId, ledger.remove(imageId).freed]);
  assert.deepEqual([...measureFreed(BEFORE, storageOf({}), [A, B, C])].toReversed(), predicted);
});

test('what is still there was not freed, and what went for other reasons is nobody’s', () => {
  const measured = measureFreed(BEFORE, storageOf({ b: ['base:100', 'b:10'] }), [A, C]);
  assert.deepEqual(measured.get(A), { bytes: 1, inodes: 1 });
  assert.deepEqual(sumOf(measured.values()), { bytes: 1001, inodes: 2 });
});
