import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Admission, type Newcomer } from '../../../../collector/ingest/admission.ts';
import { SessionRefusal } from '../../../../collector/ingest/session-refusal.ts';

const MUCH = 1000;
const TELL_MS = 10_000;
/** An agent that knows of no line. */
const OLD: Newcomer = { gone: () => undefined };

function admission(): { readonly gate: Admission; readonly world: { backlog: number; now: number } } {
  const world = { backlog: 0, now: 0 };
  const gate = new Admission({
    backlog: () => world.backlog,
    random: () => 0.5,
    now: () => world.now,
    tellMs: TELL_MS,
  });
  return { gate, world };
}

test('while nothing waits to be stored everyone is let in at once', async () => {
  const { gate } = admission();
  await Promise.all(Array.from({ length: 1000 }, () => gate.enter(OLD)));
  assert.equal(gate.waiting, 0);
});

test('while much waits to be stored newcomers wait, and come in in their order when it is less', async () => {
  const { gate, world } = admission();
  world.backlog = MUCH;
  const order: number[] = [];
  const all = [0, 1, 2].map(async (one) => {
    await gate.enter(OLD);
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
  const first = gate.enter(OLD).then(() => (world.backlog = MUCH));
  const second = gate.enter(OLD);
  world.backlog = 0;
  await first;
  await sleep(100);
  assert.equal(gate.waiting, 1);
  world.backlog = 0;
  await second;
});

test('who cannot be told that it waits is asked to come again, the later the more wait', async () => {
  const { gate, world } = admission();
  world.backlog = MUCH;
  const refusals = Array.from({ length: 1000 }, () =>
    gate.enter(OLD).then(
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
  const waiting = [gate.enter(OLD), gate.enter(OLD)];
  gate.close(() => new SessionRefusal('overloaded', 'closes', 7));
  for (const one of waiting) await assert.rejects(one, { message: 'closes', retryAfterMs: 7 });
});

test('who can be told keeps its place, and is told every now and then how many are before it', async () => {
  const { gate, world } = admission();
  world.backlog = MUCH;
  const told: number[][] = [[], [], []];
  const all = told.map((ahead) => gate.enter({ gone: () => undefined, tell: (count) => ahead.push(count) }));
  assert.deepEqual(told, [[0], [1], [2]], 'at once');
  for (let time = 1; time <= 3; time += 1) {
    world.now = time * TELL_MS;
    while ((told.at(-1)?.length ?? 0) <= time) await sleep(10);
  }
  assert.deepEqual(told, [
    [0, 0, 0, 0],
    [1, 1, 1, 1],
    [2, 2, 2, 2],
  ]);
  world.backlog = 0;
  await Promise.all(all);
});

test('who is gone is neither told nor let in, and holds up nobody', async () => {
  const { gate, world } = admission();
  world.backlog = MUCH;
  const left: Error[] = [];
  const told: number[] = [];
  const leaving = gate.enter({ gone: () => left[0], tell: (ahead) => told.push(ahead) });
  const staying = gate.enter({ gone: () => undefined, tell: (ahead) => told.push(ahead) });
  left.push(new Error('the agent is gone'));
  world.now = TELL_MS;
  await assert.rejects(leaving, left[0]);
  assert.equal(gate.waiting, 1);
  assert.deepEqual(told, [0, 1, 0]);
  world.backlog = 0;
  await staying;
});
