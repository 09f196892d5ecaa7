import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Admission } from '../../../../collector/ingest/admission.ts';
import { SessionRefusal } from '../../../../collector/ingest/session-refusal.ts';

const MUCH = 1000;

function admission(): { readonly gate: Admission; readonly world: { backlog: number; now: number } } {
  const world = { backlog: 0, now: 0 };
  const gate = new Admission({ backlog: () => world.backlog, random: () => 0.5, now: () => world.now });
  return { gate, world };
}

test('while nothing waits to be stored everyone is let in at once', async () => {
  const { gate } = admission();
  await Promise.all(Array.from({ length: 1000 }, () => gate.enter()));
  assert.equal(gate.waiting, 0);
});

test('while much waits to be stored newcomers wait, and come in in their order when it is less', async () => {
  const { gate, world } = admission();
  world.backlog = MUCH;
  const order: number[] = [];
  const all = [0, 1, 2].map(async (one) => {
    await gate.enter();
    order.push(one);
  });
  await sleep(100);
  assert.deepEqual(order, []);
  assert.equal(gate.waiting, 3);
  world.backlog = 0;
  await Promise.all(all);
  assert.deepEqual(order, [0, 1, 2]);
});

test('what the first one brings keeps the next one out', async () => {
  const { gate, world } = admission();
  world.backlog = MUCH;
  const first = gate.enter().then(() => (world.backlog = MUCH));
  const second = gate.enter();
  world.backlog = 0;
  await first;
  await sleep(100);
  assert.equal(gate.waiting, 1);
  world.backlog = 0;
  await second;
});

test('who waits for too long is asked to come again, the later the more wait', async () => {
  const { gate, world } = admission();
  world.backlog = MUCH;
  const refusals = Array.from({ length: 1000 }, () =>
    gate.enter().then(
      () => assert.fail('was let in'),
      (error: unknown) => error,
    ),
  );
  world.now = 60_000;
  const waits = (await Promise.all(refusals)).map((error) => {
    assert.ok(error instanceof SessionRefusal);
    assert.equal(error.reason, 'overloaded');
    return error.retryAfterMs ?? 0;
  });
  assert.ok(Math.max(...waits) > 40_000);
  assert.ok(Math.min(...waits) >= 5_000);
  assert.equal(gate.waiting, 0);
});

test('a collector that closes turns away all that wait', async () => {
  const { gate, world } = admission();
  world.backlog = MUCH;
  const waiting = [gate.enter(), gate.enter()];
  gate.close(() => new SessionRefusal('overloaded', 'closes', 7));
  for (const one of waiting) await assert.rejects(one, { message: 'closes', retryAfterMs: 7 });
});
