import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LayerError } from '../../../agent/layers/layer-error.ts';
import { RuntimeError } from '../../../agent/runtimes/runtime.ts';
import { EXIT, exitCodeOf, Failure, failureLine } from '../../../cli/failure.ts';
import { StoreError } from '../../../collector/store/store-error.ts';
import { ConfigError } from '../../../platform/config-error.ts';

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: it failed`), { code });
}

test('the exit code tells what kind of failure it was', () => {
  const cases: readonly (readonly [unknown, number])[] = [
    [new Failure(EXIT.unreachable, 'x'), 5],
    [new RuntimeError('denied', 'x'), 4],
    [new RuntimeError('unreachable', 'x'), 5],
    [new RuntimeError('not-found', 'x'), 3],
    [new RuntimeError('failed', 'x'), 1],
    [new StoreError('unavailable', 'x'), 5],
    [new StoreError('denied', 'x'), 4],
    [new StoreError('failed', 'x'), 1],
    [new LayerError('not-an-image', 'x'), 3],
    [new LayerError('digest', 'x'), 1],
    [new ConfigError('invalid-value', 'x'), 2],
    [systemError('ENOENT'), 3],
    [systemError('EACCES'), 4],
    [systemError('EIO'), 1],
    ['a text', 1],
    [undefined, 1],
  ];
  for (const [error, code] of cases) assert.equal(exitCodeOf(error), code, String(error));
});

test('what the system does not permit is denied, whatever area met it', () => {
  const wrapped = new LayerError('unreadable', 'x', { cause: systemError('EACCES') });
  assert.equal(exitCodeOf(wrapped), EXIT.denied);
  assert.equal(exitCodeOf(new Error('outer', { cause: wrapped })), EXIT.denied);
  assert.equal(exitCodeOf(new LayerError('unreadable', 'from another thread')), EXIT.denied);
  assert.equal(
    exitCodeOf(new LayerError('unreadable', 'x', { cause: systemError('EISDIR') })),
    EXIT.notFound,
  );
});

test('a cause that leads back to itself is no trap', () => {
  const error = new Error('x');
  error.cause = error;
  assert.equal(exitCodeOf(error), EXIT.failed);
});

test('the line for the operator is one, and cannot move the cursor', () => {
  assert.equal(failureLine(new Error('one\n  two\r\nthree\n')), 'one two three');
  assert.equal(failureLine(new Error('a\u001b[2Jb\u0007c')), 'ab\u{fffd}c');
  assert.equal(failureLine('text'), 'text');
  assert.equal(failureLine(new TypeError('')), 'TypeError');
});
