import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Journals } from '../../../../agent/cleanup/journal/journals.ts';
import { PlanStore } from '../../../../agent/cleanup/plan-store.ts';
import { CleanupService } from '../../../../agent/tasks/cleanup-service.ts';
import { makePlan } from '../../../../core/cleanup/make-plan.ts';
import { DEFAULT_POLICY } from '../../../../core/cleanup/policy.ts';
import { sha256Hex } from '../../../../platform/sha256.ts';
import { planInput, staleImage } from '../../../support/cleanup-node.ts';
import { temporaryFolder } from '../../../support/state.ts';

const signal = new AbortController().signal;

interface Bench {
  readonly cleanup: CleanupService;
  /** IDs of runs, as often as they were told. */
  readonly told: string[];
  /** What `apply` runs for. */
  readonly planId: string;
  time: number;
}

/** Cleanup of a node with one stale image, by a process that writes a journal once `run` is fulfilled. */
async function bench(context: TestContext, run: (bench: Bench) => Promise<void>): Promise<Bench> {
  const folder = temporaryFolder(context);
  const journals = new Journals(join(folder, 'runs'));
  const input = planInput([staleImage('a')]);
  const plan = makePlan(input, sha256Hex);
  const told: string[] = [];
  const cleanup = new CleanupService({
    ceilings: {
      ...{ isRemovalAllowed: true, never: [], minimumAgeMs: 0, isUnpullableAllowed: true, limits: {} },
    },
    plans: new PlanStore(join(folder, 'plans')),
    journals,
    now: () => made.time,
    plan: async () => ({ plan, storage: input.storage, leaks: [] }),
    changed: ({ runId }) => told.push(runId),
    async carryOut(order) {
      assert.ok(order.kind === 'apply');
      await run(made);
      const { images: _, refused: __, ...beginning } = order.order;
      const journal = journals.open(beginning.runId);
      journal.append({ at: made.time, kind: 'begun', version: 1, ...beginning, images: [] });
      journal.append({ at: made.time, kind: 'ended', outcome: 'done' });
      journal.close();
      return undefined;
    },
  });
  const made: Bench = { cleanup, told, planId: plan.id, time: 1_700_000_000_000 };
  await cleanup.plan(DEFAULT_POLICY, signal);
  return made;
}

test('a run is told of, though the clock was set back while it went on', async (context) => {
  const { cleanup, told, planId } = await bench(context, async (made) => {
    made.time -= 3_600_000;
  });
  const run = await cleanup.apply({ planId, issuer: 'schedule' }, signal);
  assert.deepEqual(told, [run.runId]);
});

test('closing waits for the run that goes on, so that it is told of', async (context) => {
  const begun = Promise.withResolvers<void>();
  const goesOn = Promise.withResolvers<void>();
  const { cleanup, told, planId } = await bench(context, async () => {
    begun.resolve();
    await goesOn.promise;
  });
  const run = cleanup.apply({ planId, issuer: 'schedule' }, signal);
  await begun.promise;
  let isClosed = false;
  const closing = cleanup.close().then(() => {
    isClosed = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(isClosed, false);
  goesOn.resolve();
  await closing;
  assert.equal(told.length, 1);
  await run;
});

test('no run begins once it was called off', async (context) => {
  const { cleanup, planId } = await bench(context, async () => assert.fail('it began'));
  const ended = new AbortController();
  ended.abort();
  await assert.rejects(cleanup.apply({ planId, issuer: 'schedule' }, ended.signal), { name: 'AbortError' });
});
