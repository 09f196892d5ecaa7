import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { createGate, passageOf, type Gate } from '../../../platform/gate.ts';

/** A thread that passes through the gate again and again, and says how often it did. */
function passer(t: TestContext, gate: Gate): { passed: () => number; worker: Worker } {
  const counter = new Int32Array(new SharedArrayBuffer(4));
  const source = `
    const { workerData: { module, gate, counter } } = require('node:worker_threads');
    import(module).then(({ passageOf }) => {
      const passage = passageOf(gate);
      for (;;) { passage.pass(); Atomics.add(counter, 0, 1); }
    });`;
  const module = new URL('../../../platform/gate.ts', import.meta.url).href;
  const worker = new Worker(source, { eval: true, workerData: { module, gate: gate.shared, counter } });
  t.after(() => worker.terminate());
  return { worker, passed: () => Atomics.load(counter, 0) };
}

/** Looks again and again, until something holds. */
async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1000; tries += 1) {
    await sleep(5);
    if (condition()) return;
  }
  assert.fail('it never came to be');
}

/** Waits until the thread stands still, and gives how often it had passed. */
async function standstill(passed: () => number): Promise<number> {
  let before = -1;
  await until(() => {
    const same = passed() === before;
    before = passed();
    return same;
  });
  return before;
}

test('a thread stops before a shut gate and goes on when it opens', async (t) => {
  const gate = createGate();
  const { passed } = passer(t, gate);
  await until(() => passed() > 0);
  gate.shut();
  assert.equal(gate.isOpen, false);
  const stopped = await standstill(passed);
  gate.open();
  await until(() => passed() > stopped);
  assert.equal(gate.isOpen, true);
});

test('a thread that stands before a shut gate can be ended', async (t) => {
  const gate = createGate();
  gate.shut();
  const { worker } = passer(t, gate);
  await once(worker, 'online');
  const exit = once(worker, 'exit');
  await worker.terminate();
  await exit;
});

test('time that the gate was shut adds up, and does not count against a timeout', async () => {
  let now = 0;
  const gate = createGate(() => now);
  const { signal } = gate.timeout(100);
  gate.shut();
  gate.shut();
  now = 5000;
  assert.equal(gate.shutMs(), 5000);
  gate.open();
  now = 6000;
  gate.shut();
  now = 6500;
  assert.equal(gate.shutMs(), 5500);
  const late = gate.timeout(0);
  assert.equal(late.signal.aborted, true);
  // 1000 ms have passed with the gate open; the timer that says so runs on the real clock.
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
  assert.match(String(signal.reason), /TimeoutError/);
});

test('a timeout that was called off never fires', async () => {
  const { signal, clear } = createGate().timeout(1);
  clear();
  await sleep(20);
  assert.equal(signal.aborted, false);
});

test('an open gate costs no time', () => {
  const passage = passageOf(createGate().shared);
  passage.pass();
  assert.equal(passage.waitedMs, 0);
});

test('a time that is nearly over is not looked at again and again while the gate is shut', async () => {
  let looks = 0;
  const gate = createGate(() => {
    looks += 1;
    return performance.now();
  });
  gate.shut();
  const { signal, clear } = gate.timeout(2);
  const before = looks;
  await sleep(300);
  assert.ok(looks - before < 20, `${looks - before} looks`);
  assert.equal(signal.aborted, false);
  clear();
});
