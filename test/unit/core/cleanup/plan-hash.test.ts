import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makePlan } from '../../../../core/cleanup/make-plan.ts';
import { planHash } from '../../../../core/cleanup/plan-hash.ts';
import type { CleanupPlan } from '../../../../core/cleanup/plan.ts';
import { sha256Hex } from '../../../../platform/sha256.ts';
import { planInput, staleImage, storageOf } from '../../../support/cleanup-node.ts';

const plan = makePlan(
  planInput([staleImage('a'), staleImage('b')], {
    storage: storageOf({ a: ['x:5'], b: ['y:7'] }),
    createdAt: 7,
  }),
  sha256Hex,
);

test('a plan is what its ID says, also when it was sent as JSON', () => {
  assert.equal(planHash(plan, sha256Hex), plan.id);
  const sent = JSON.parse(JSON.stringify(plan)) as CleanupPlan;
  assert.equal(planHash({ ...sent, createdAt: 8 }, sha256Hex), plan.id);
});

test('a plan that says anything else has another hash', () => {
  const [first, ...rest] = plan.items;
  assert.ok(first);
  for (const other of [
    { ...plan, items: rest },
    { ...plan, items: [{ ...first, action: 'keep' as const }, ...rest] },
    { ...plan, node: 'another' },
    { ...plan, stateHash: sha256Hex('') },
    { ...plan, policy: { ...plan.policy, graceMs: 0 } },
  ])
    assert.notEqual(planHash(other, sha256Hex), plan.id);
});
