import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { pause } from '../../../platform/pause.ts';

test('a pause ends in its time, or as soon as the signal fires', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const ended = new AbortController();
  const passed = pause(1000, ended.signal);
  context.mock.timers.tick(1000);
  assert.equal(await passed, true);
  const cut = pause(1000, ended.signal);
  ended.abort();
  assert.equal(await cut, false);
  assert.equal(await pause(1000, ended.signal), false);
});

test('however many pauses there were, none listens any more', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const { signal } = new AbortController();
  for (let hour = 0; hour < 20; hour += 1) {
    const passed = pause(1000, signal);
    context.mock.timers.tick(1000);
    await passed;
  }
  assert.deepEqual(getEventListeners(signal, 'abort'), []);
});
