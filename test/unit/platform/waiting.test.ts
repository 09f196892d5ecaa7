import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeadlineError, unlessAborted, withDeadline } from '../../../platform/deadline.ts';
import { QueueFullError, SerialQueue } from '../../../platform/serial-queue.ts';

test('work in time gives its outcome, late work a DeadlineError', async () => {
  assert.equal(await withDeadline(Promise.resolve(7), 1000, 'it'), 7);
  await assert.rejects(withDeadline(Promise.reject(new Error('own')), 1000, 'it'), /^Error: own$/);
  const late = withDeadline(new Promise(() => undefined), 5, 'the answer');
  await assert.rejects(late, new DeadlineError('the answer', 5));
});

test('a signal ends the wait for work that does not listen to it', async () => {
  assert.equal(await unlessAborted(Promise.resolve(7), new AbortController().signal), 7);
  const abort = new AbortController();
  const waiting = unlessAborted(new Promise(() => undefined), abort.signal);
  abort.abort(new Error('enough'));
  await assert.rejects(waiting, /enough/);
  await assert.rejects(unlessAborted(Promise.resolve(7), abort.signal), /enough/);
  // What fails after that is not left unhandled, which would end the process.
  const failing = Promise.withResolvers<never>();
  await assert.rejects(unlessAborted(failing.promise, abort.signal), /enough/);
  failing.reject(new Error('too late'));
  await new Promise((resolve) => setImmediate(resolve));
});

test('tasks run one after the other, and a failure does not touch the next', async () => {
  const queue = new SerialQueue(3);
  const order: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = queue.run(async () => {
    await gate.promise;
    order.push('first');
  });
  const second = queue.run(async () => {
    order.push('second');
    throw new Error('second failed');
  });
  const third = queue.run(async () => order.push('third'));
  assert.equal(queue.full, true);
  await assert.rejects(
    queue.run(async () => order.push('fourth')),
    QueueFullError,
  );
  gate.resolve();
  await first;
  await assert.rejects(second, /second failed/);
  await third;
  assert.deepEqual(order, ['first', 'second', 'third']);
  assert.equal(queue.full, false);
});
