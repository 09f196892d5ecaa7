import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunState } from '../../../../agent/cleanup/journal/run-state.ts';
import { scheduledCleanup, type ScheduledCleanupParts } from '../../../../agent/tasks/scheduled-cleanup.ts';
import { makePlan } from '../../../../core/cleanup/make-plan.ts';
import type { CleanupImage } from '../../../../core/cleanup/plan.ts';
import { DEFAULT_POLICY } from '../../../../core/cleanup/policy.ts';
import { sha256Hex } from '../../../../platform/sha256.ts';
import { planInput, staleImage } from '../../../support/cleanup-node.ts';

const ENDED: RunState = {
  runId: 'run-1',
  planId: 'plan-1',
  node: 'node-1',
  issuer: 'schedule',
  graceMs: 0,
  predicted: { bytes: 0, inodes: 0 },
  begunAt: 0,
  changedAt: 0,
  outcome: 'done',
  images: [],
};

/** Runs once on a node with these images; answers what was applied and what the log has. */
async function run(
  images: readonly CleanupImage[],
  changes: Partial<ScheduledCleanupParts> = {},
): Promise<{ readonly applied: readonly string[]; readonly log: readonly string[] }> {
  const applied: string[] = [];
  const log: string[] = [];
  const write = (_: unknown, message?: string): void => void log.push(message ?? '');
  await scheduledCleanup(
    {
      cleanup: {
        plan: async (policy) => ({
          plan: makePlan(planInput(images, { policy }), sha256Hex),
          storage: { things: new Map(), roots: [] },
          leaks: [],
        }),
        async apply({ issuer }) {
          applied.push(issuer);
          return ENDED;
        },
      },
      policy: DEFAULT_POLICY,
      isDryRun: false,
      logger: { info: write, warn: write },
      ...changes,
    },
    new AbortController().signal,
  );
  return { applied, log };
}

test('what a plan lets go is removed, by the schedule', async () => {
  const { applied, log } = await run([staleImage('a')]);
  assert.deepEqual(applied, ['schedule']);
  assert.deepEqual(log, ['scheduled cleanup planned', 'scheduled cleanup ended']);
});

test('nothing is applied when nothing may go, or when it is only to be said', async () => {
  assert.deepEqual((await run([staleImage('a', { pinned: true })])).applied, []);
  assert.deepEqual((await run([staleImage('a')], { isDryRun: true })).applied, []);
});

test('what fails is in the log, and the next time is another try', async () => {
  const cleanup = {
    plan: async () => await Promise.reject(new Error('the disk is full')),
    apply: async () => ENDED,
  };
  assert.deepEqual((await run([], { cleanup })).log, ['scheduled cleanup failed']);
});
