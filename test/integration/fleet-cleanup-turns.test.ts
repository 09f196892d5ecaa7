import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { FleetCleanup } from '../../collector/cleanup/fleet-cleanup.ts';
import type { PlannedNode } from '../../collector/cleanup/fleet-plans.ts';
import { writeRollout } from '../../collector/cleanup/rollout-book.ts';
import { openSqliteStore } from '../../collector/store/sqlite/sqlite-store.ts';
import type { Store } from '../../collector/store/store.ts';
import { StoreError } from '../../collector/store/store-error.ts';
import { DEFAULT_POLICY } from '../../core/cleanup/policy.ts';
import { DEFAULT_ROLLOUT, newRollout, type RolloutNode } from '../../core/fleet-cleanup/rollout.ts';
import { QueueFullError } from '../../platform/serial-queue.ts';
import { createLogger } from '../../platform/logging.ts';
import { startNode } from '../support/fleet.ts';
import { eventually } from '../support/system.ts';

// One collector at a time goes on with what is under way; the database that says which one may fail.

interface Bench {
  readonly store: Store;
  readonly connected: Set<string>;
  /** Nodes that a command was sent to. */
  readonly sent: string[];
  /** What becomes of the next turns, first one first; all is well after them. */
  readonly turns: ((run: (othersDid: boolean) => Promise<unknown>) => Promise<unknown>)[];
  /** The database is away. */
  isAway: boolean;
  /** What is stored is stored, and nobody hears that it is. */
  isSilent: boolean;
  readonly collector: () => Promise<FleetCleanup>;
}

async function bench(context: TestContext): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'tallyman-turns-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const store = openSqliteStore(folder, () => undefined);
  context.after(() => store.close());
  await startNode(store, 'node-1', Date.now());
  const connected = new Set<string>();
  const sent: string[] = [];
  const turns: Bench['turns'] = [];
  const failing = new Proxy(store, {
    get(target, name) {
      const held: unknown = Reflect.get(target, name);
      if (typeof held !== 'function') return held;
      if (made.isAway) return lost;
      if (made.isSilent && name === 'putDocuments')
        return (...values: unknown[]) => (Reflect.apply(held, target, values) as Promise<void>).then(lost);
      if (name !== 'alone') return held.bind(target);
      return (_work: string, _turn: string, run: (othersDid: boolean) => Promise<unknown>) =>
        (turns.shift() ?? ((work) => work(false)))(run);
    },
  });
  const made: Bench = {
    store,
    connected,
    sent,
    turns,
    isAway: false,
    isSilent: false,
    async collector() {
      const cleanup = new FleetCleanup({
        store: failing,
        deliver: (node) => void (connected.has(node) && sent.push(node)),
        connected: () => connected,
        clock: Date.now,
        logger: createLogger({ component: 'test', level: 'silent' }),
      });
      context.after(() => cleanup.close());
      await cleanup.start();
      return cleanup;
    },
  };
  return made;
}

/** It goes on here: it is noted that the node has come. */
async function isAsked({ store }: Bench): Promise<boolean> {
  const [node] = await store.documentsOf('plan-node', 'p');
  return (node?.value as PlannedNode | undefined)?.state === 'asked';
}

async function askForPlan(cleanup: FleetCleanup): Promise<void> {
  const request = { id: 'p', issuer: 'anna', nodes: ['node-1'], atOnce: 1, answerMs: 60_000 };
  await cleanup.exclusively(() => cleanup.plans.create({ ...request, policy: DEFAULT_POLICY }));
}

test('while plans are listed, others have their turns', async (context) => {
  const { collector } = await bench(context);
  const cleanup = await collector();
  const request = { issuer: 'anna', nodes: ['node-1'], atOnce: 1, answerMs: 60_000, policy: DEFAULT_POLICY };
  const ids = Array.from({ length: 10 }, (_, at) => `p-${at}`);
  for (const id of ids) await cleanup.exclusively(() => cleanup.plans.create({ ...request, id }));
  const turns = countTurns();
  const { items } = await cleanup.plans.list({ limit: 100 }, ({ id, nodes }) => `${id} of ${nodes.length}`);
  assert.deepEqual(
    items.toSorted(),
    ids.map((id) => `${id} of 1`),
  );
  assert.ok(turns() >= ids.length, `${turns()} turns`);
});

test('while it is looked what became of the nodes of a rollout, others have their turns', async (context) => {
  const { store, collector } = await bench(context);
  const nodes = Array.from({ length: 1000 }, (_, at): RolloutNode => {
    const planned = { node: `node-${at}`, planId: 'p', stateHash: '00', images: 1, bytes: 1 };
    return { ...planned, state: 'done', receiptId: 'run', undoUntil: Date.now() + 60_000 };
  });
  const rollout = newRollout(DEFAULT_ROLLOUT, nodes, Date.now());
  const kept = { id: 'r', planId: 'p', issuer: 'anna', createdAt: 0, rollout, applies: {}, undos: {} };
  await writeRollout(store, kept, undefined, Date.now());
  const cleanup = await collector();
  const turns = countTurns();
  await cleanup.look('r');
  assert.ok(turns() >= 5, `${turns()} turns`);
});

test('a turn that took long is not followed by the next at once, however much changes', async (context) => {
  const { turns, collector } = await bench(context);
  const cleanup = await collector();
  const order: string[] = [];
  turns.push(async () => {
    cleanup.changed();
    await sleep(200);
    order.push('a turn');
    setTimeout(() => order.push('a rest'), 100);
  });
  turns.push(async () => order.push('the next'));
  cleanup.changed();
  await eventually(
    async () => order.length,
    (length) => length === 3,
  );
  assert.deepEqual(order, ['a turn', 'a rest', 'the next']);
});

test('it closes though as much waits as can, and what waits is refused', async (context) => {
  const { collector } = await bench(context);
  const cleanup = await collector();
  const done = Promise.withResolvers<void>();
  const running = cleanup.reading(() => done.promise);
  const waiting: Promise<unknown>[] = [];
  for (let refused = false; !refused;) {
    const request = cleanup.reading(() => assert.fail('it is closing'));
    waiting.push(request.catch((error: unknown) => error));
    refused = await Promise.race([
      request.then(
        () => false,
        (error: unknown) => error instanceof QueueFullError,
      ),
      new Promise<false>((resolve) => setImmediate(() => resolve(false))),
    ]);
  }
  const closing = cleanup.close();
  done.resolve();
  await closing;
  await running;
  for (const error of (await Promise.all(waiting)).slice(0, -1))
    assert.ok(error instanceof StoreError && error.code === 'closed', String(error));
});

/** How often others had their turn since. */
function countTurns(): () => number {
  let turns = 0;
  setImmediate(function again() {
    turns += 1;
    setImmediate(again).unref();
  });
  return () => turns;
}

const lost = (): Promise<never> => Promise.reject(new StoreError('unavailable', 'PostgreSQL is away'));

test('a turn that the database did not give forgets nothing', async (context) => {
  const made = await bench(context);
  const { turns, connected, collector } = made;
  const cleanup = await collector();
  await askForPlan(cleanup);
  turns.push(lost, lost);
  cleanup.changed();
  await eventually(
    async () => turns.length,
    (left) => left === 0,
  );
  connected.add('node-1');
  await eventually(() => isAsked(made), Boolean);
});

test('what another collector did is taken up, though the first attempt failed', async (context) => {
  const made = await bench(context);
  const { turns, connected, collector } = made;
  const here = await collector();
  // It was there before anything was asked for.
  turns.push(() => Promise.resolve(undefined));
  here.changed();
  await eventually(
    async () => turns.length,
    (left) => left === 0,
  );
  const there = await collector();
  await askForPlan(there);
  await there.close();
  connected.add('node-1');
  turns.push(async (run) => {
    made.isAway = true;
    return await run(true).finally(() => (made.isAway = false));
  });
  await assert.rejects(here.exclusively(() => Promise.resolve()));
  here.changed();
  await eventually(() => isAsked(made), Boolean);
});

for (const [what, again] of Object.entries({
  'and is asked for again': askForPlan,
  'and is not asked for again': () => Promise.resolve(),
})) {
  test(`a plan that was stored goes on, though the answer was lost ${what}`, async (context) => {
    const made = await bench(context);
    const { connected, sent, collector } = made;
    const cleanup = await collector();
    connected.add('node-1');
    made.isSilent = true;
    await assert.rejects(askForPlan(cleanup), { code: 'unavailable' });
    made.isSilent = false;
    await again(cleanup);
    await eventually(
      async () => sent,
      (nodes) => nodes.includes('node-1'),
    );
    assert.deepEqual(sent, ['node-1']);
  });
}
