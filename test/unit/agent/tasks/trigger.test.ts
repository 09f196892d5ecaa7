import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Trigger } from '../../../../agent/tasks/trigger.ts';

const QUICK = { quietMs: 20, mostMs: 60 };
const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('a burst of calls leads to one run', async () => {
  let runs = 0;
  const trigger = new Trigger(async () => void (runs += 1), QUICK);
  for (let call = 0; call < 50; call += 1) trigger.call();
  await later(200);
  assert.equal(runs, 1);
  await trigger.close();
});

test('calls that never pause still lead to runs', async () => {
  let runs = 0;
  const trigger = new Trigger(async () => void (runs += 1), QUICK);
  const calls = setInterval(() => trigger.call(), 5);
  await later(500);
  clearInterval(calls);
  await trigger.close();
  assert.ok(runs >= 2, `${runs} runs`);
});

test('no run starts beside another, and a call during a run leads to one more', async () => {
  let running = 0;
  let most = 0;
  let runs = 0;
  const trigger = new Trigger(async () => {
    running += 1;
    runs += 1;
    most = Math.max(most, running);
    await later(80);
    running -= 1;
  }, QUICK);
  trigger.call();
  await later(50);
  for (let call = 0; call < 5; call += 1) trigger.call();
  await later(400);
  await trigger.close();
  assert.equal(most, 1);
  assert.equal(runs, 2);
});

test('closing waits for the run under way and lets no other start', async () => {
  let ended = false;
  let runs = 0;
  const trigger = new Trigger(async () => {
    runs += 1;
    await later(100);
    ended = true;
  }, QUICK);
  trigger.call();
  await later(50);
  trigger.call();
  await trigger.close();
  assert.ok(ended);
  trigger.call();
  await later(100);
  assert.equal(runs, 1);
});
