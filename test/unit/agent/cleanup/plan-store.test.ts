import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { PlanStore } from '../../../../agent/cleanup/plan-store.ts';
import { makePlan } from '../../../../core/cleanup/make-plan.ts';
import { sha256Hex } from '../../../../platform/sha256.ts';
import { planInput, staleImage } from '../../../support/cleanup-node.ts';

test('the latest plans are kept, the one just made among them though the clock went back', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'tallyman-plans-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const store = new PlanStore(folder);
  for (let number = 0; number < 30; number += 1) {
    const plan = makePlan(planInput([staleImage(`app:${number}`)], { createdAt: 1000 - number }), sha256Hex);
    await store.put(plan);
    assert.deepEqual(store.get(plan.id), plan);
    assert.deepEqual(store.get(plan.id.slice(0, 12)), plan);
  }
  assert.equal(readdirSync(folder).length, 20);
});

test('what is no plan is said to be none', () => {
  const store = new PlanStore('/nowhere');
  for (const id of ['', '../../etc/passwd', 'abc', 'f'.repeat(64)]) {
    assert.throws(() => store.get(id), { code: 'unknown' });
  }
});
