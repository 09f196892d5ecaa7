import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problemOf } from '../../../../collector/api/problem.ts';
import { StoreError, type StoreErrorCode } from '../../../../collector/store/store-error.ts';
import { QueueFullError } from '../../../../platform/serial-queue.ts';

function ofStore(code: StoreErrorCode): { readonly status: number; readonly detail: string } {
  return problemOf(new StoreError(code, 'PostgreSQL: canceling statement due to lock timeout'));
}

test('a store that closes is to be asked again; one in trouble is somebody else to look at', () => {
  assert.match(ofStore('closed').detail, /^the collector is closing; try again shortly$/);
  for (const code of ['locked', 'unavailable', 'full', 'failed'] as const) {
    const { status, detail } = ofStore(code);
    assert.equal(status, 503);
    assert.match(detail, /^the collector's database is in trouble; its log says why/, code);
  }
});

test('who finds too many before him is told to try again', () => {
  const { status, detail } = problemOf(new QueueFullError(1000));
  assert.equal(status, 503);
  assert.match(detail, /try again shortly$/);
});

test('what went wrong inside is told to the log alone', () => {
  const { status, detail } = problemOf(new Error('password in here'));
  assert.equal(status, 500);
  assert.doesNotMatch(detail, /password/);
});
