import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Journals } from '../../../../agent/cleanup/journal/journals.ts';
import { PlanStore } from '../../../../agent/cleanup/plan-store.ts';
import { readAuditLog } from '../../../../agent/state/audit-files.ts';
import { AuditLog } from '../../../../agent/state/audit-log.ts';
import { StateError } from '../../../../agent/state/state-error.ts';
import { CleanupService } from '../../../../agent/tasks/cleanup-service.ts';
import { scheduledCleanup } from '../../../../agent/tasks/scheduled-cleanup.ts';
import { auditEntry } from '../../../../core/audit-chain.ts';
import { makePlan } from '../../../../core/cleanup/make-plan.ts';
import { DEFAULT_POLICY } from '../../../../core/cleanup/policy.ts';
import { sha256Hex } from '../../../../platform/sha256.ts';
import { planInput, staleImage } from '../../../support/cleanup-node.ts';
import { temporaryFolder } from '../../../support/state.ts';

const signal = new AbortController().signal;

/** Cleanup of a node with one stale image, by a process that only writes journals. */
function cleanupIn(context: TestContext, folder: string): { cleanup: CleanupService; orders: string[] } {
  const journals = new Journals(join(folder, 'runs'));
  const input = planInput([staleImage('a')]);
  const plan = makePlan(input, sha256Hex);
  const audit = new AuditLog(folder, { now: Date.now });
  context.after(() => audit.close());
  const orders: string[] = [];
  const cleanup = new CleanupService({
    ceilings: {
      isRemovalAllowed: true,
      never: [],
      minimumAgeMs: 0,
      isUnpullableAllowed: true,
      limits: {},
    },
    plans: new PlanStore(join(folder, 'plans')),
    journals,
    now: Date.now,
    audit,
    plan: async () => ({ plan, storage: input.storage, leaks: [] }),
    changed: () => undefined,
    async carryOut(order) {
      orders.push(order.kind);
      if (order.kind === 'undo') return { restored: ['sha256:a'], problems: [] };
      if (order.kind !== 'apply') return undefined;
      const { images, refused: _, ...beginning } = order.order;
      const journal = journals.open(beginning.runId);
      const planned = images.map(({ imageId, why, predicted }) => ({ imageId, names: [], why, predicted }));
      journal.append({ at: Date.now(), kind: 'begun', version: 1, ...beginning, images: planned });
      journal.append({ at: Date.now(), kind: 'image-ended', imageId: 'sha256:a', status: 'quarantined' });
      journal.append({ at: Date.now(), kind: 'ended', outcome: 'done' });
      journal.close();
      return undefined;
    },
  });
  return { cleanup, orders };
}

test('every run is in the audit log, whoever asked for it', async (context) => {
  const folder = temporaryFolder(context);
  const { cleanup } = cleanupIn(context, folder);
  const logger = {
    info: () => undefined,
    warn: (...parts: readonly unknown[]) => assert.fail(String(parts)),
  };
  await scheduledCleanup({ cleanup, policy: DEFAULT_POLICY, isDryRun: false, logger }, signal);
  const [run] = cleanup.history();
  assert.ok(run);
  await cleanup.undo(run.runId, { issuer: 'root on this node', reason: 'a mistake' }, signal);
  await cleanup.settle(signal, run.runId, 'root on this node');
  const entries = [...readAuditLog(folder)].flatMap(({ entry }) => auditEntry(entry) ?? []);
  assert.deepEqual(
    entries.map(({ actor, action, subject, outcome }) => [actor, action, subject === run.runId, outcome]),
    [
      ['schedule', 'apply', true, undefined],
      ['schedule', 'run', true, 'done'],
      ['root on this node', 'undo', true, undefined],
      ['root on this node', 'free', true, undefined],
    ],
  );
  assert.deepEqual(entries[0]?.detail, { plan: run.planId, images: 1, bytes: 0 });
  assert.deepEqual(entries[1]?.detail, { images: 1, kept: 1, deleted: 0, restored: 0, bytes: 0 });
});

test('no run begins that cannot be written into the audit log', async (context) => {
  const folder = temporaryFolder(context);
  mkdirSync(join(folder, 'audit.log'));
  const { cleanup, orders } = cleanupIn(context, folder);
  const { plan } = await cleanup.plan(DEFAULT_POLICY, signal);
  await assert.rejects(cleanup.apply({ planId: plan.id, issuer: 'root' }, signal), StateError);
  assert.deepEqual(orders, []);
});
