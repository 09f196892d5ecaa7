import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventLoopDelay } from '../../../platform/event-loop-delay.ts';

const NOTHING = { max: 0, p99: 0 };

/** Keeps this thread from everything else. */
function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

test('a thread that is kept busy shows, once', async () => {
  const delay = new EventLoopDelay();
  delay.watchFor(60_000);
  await sleep(50);
  block(300);
  await sleep(50);
  const { max, p99 } = delay.take();
  assert.ok(max >= 0.25 && p99 <= max);
  assert.deepEqual(delay.take(), NOTHING);
});

test('what was seen is kept when the watch ends; afterwards nothing is', async () => {
  const delay = new EventLoopDelay();
  delay.watchFor(100);
  await sleep(50);
  block(300);
  await sleep(100);
  assert.ok(delay.take().max >= 0.25);
  block(300);
  await sleep(50);
  assert.deepEqual(delay.take(), NOTHING);
});
