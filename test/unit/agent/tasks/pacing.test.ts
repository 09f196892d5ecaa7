import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ScanPacing, type PacingTick } from '../../../../agent/tasks/pacing.ts';
import { createGate, type Gate } from '../../../../platform/gate.ts';
import { createLogger } from '../../../../platform/logging.ts';

const signal = new AbortController().signal;

interface Paced {
  readonly pacing: ScanPacing;
  readonly gate: Gate;
  readonly node: { now: number; cpu: number; io: number };
  readonly ticks: PacingTick[];
  readonly log: string[];
}

/** Pacing on a node whose clock, processor and disk the test moves. */
function paced(): Paced {
  const node = { now: 0, cpu: 0, io: 0 };
  const gate = createGate(() => node.now);
  const ticks: PacingTick[] = [];
  const log: string[] = [];
  const stream = {
    write: (line: string) => void log.push((JSON.parse(line) as { message: string }).message),
  };
  const pacing = new ScanPacing({
    gate,
    limits: { cores: 0.25, memory: 10, io: 20 },
    pressures: () => ({
      memory: undefined,
      'own-memory': undefined,
      io: { recent: node.io, totalMs: (node.now * node.io) / 100 },
    }),
    cpuSeconds: () => node.cpu,
    now: () => node.now,
    logger: createLogger({ component: 'test', level: 'info', stream }),
    onTick: (tick) => ticks.push(tick),
  });
  return { pacing, gate, node, ticks, log };
}

/** Looks again and again, until something holds. */
async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    if (condition()) return;
    await sleep(10);
  }
  assert.fail('it never came to be');
}

test('a scan runs, and its CPU time is told', async () => {
  const { pacing, gate, node, ticks } = paced();
  const answer = await pacing.scan(() => {
    node.cpu += 3;
    return Promise.resolve('done');
  }, signal);
  assert.equal(answer, 'done');
  assert.equal(
    ticks.reduce((sum, tick) => sum + tick.usedSeconds, 0),
    3,
  );
  assert.equal(gate.isOpen, true);
});

test('a scan that used its budget is held, and goes on when the minute is over', async () => {
  const { pacing, gate, node, ticks, log } = paced();
  const end = Promise.withResolvers<void>();
  const scan = pacing.scan(() => end.promise, signal);
  node.cpu += 16;
  await until(() => !gate.isOpen);
  assert.deepEqual(pacing.notes, []);
  node.now += 70_000;
  await until(() => gate.isOpen);
  end.resolve();
  await scan;
  assert.equal(
    ticks.reduce((sum, tick) => sum + (tick.reason === 'cpu' ? tick.heldSeconds : 0), 0),
    70,
  );
  assert.deepEqual(log, []);
});

test('what other work takes while the scan is held is not the scan’s', async () => {
  const { pacing, gate, node, ticks } = paced();
  const end = Promise.withResolvers<void>();
  const scan = pacing.scan(() => end.promise, signal);
  node.cpu += 16;
  await until(() => !gate.isOpen);
  node.cpu += 1000;
  node.now += 70_000;
  await until(() => gate.isOpen);
  end.resolve();
  await scan;
  assert.equal(
    ticks.reduce((sum, tick) => sum + tick.usedSeconds, 0),
    16,
  );
});

test('no scan begins under pressure; that it waits, and why, is told', async () => {
  const { pacing, gate, node, log } = paced();
  node.io = 34;
  let ran = false;
  const scan = pacing.scan(() => {
    ran = true;
    return Promise.resolve();
  }, signal);
  await until(() => !gate.isOpen);
  assert.deepEqual(pacing.notes, ['scanning is paused: IO pressure 34 % (limit 20 %)']);
  assert.equal(ran, false);
  node.io = 0;
  node.now += 20_000;
  await until(() => ran);
  await scan;
  assert.deepEqual(pacing.notes, []);
  assert.deepEqual(log, ['scan paused', 'scan goes on']);
});

test('a scan that waits can be given up', async () => {
  const { pacing, gate, node } = paced();
  node.io = 100;
  const abort = new AbortController();
  const scan = pacing.scan(() => Promise.resolve(), abort.signal);
  await until(() => !gate.isOpen);
  abort.abort(new Error('enough'));
  await assert.rejects(scan);
  assert.equal(gate.isOpen, true);
});

test('a failed scan leaves the gate open', async () => {
  const { pacing, gate } = paced();
  await assert.rejects(
    pacing.scan(() => Promise.reject(new Error('broken')), signal),
    /broken/,
  );
  assert.equal(gate.isOpen, true);
});
