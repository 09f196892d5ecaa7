import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import type { CleanupPlan, PlanItem } from '../../../core/cleanup/plan.ts';
import { DEFAULT_POLICY } from '../../../core/cleanup/policy.ts';
import { packDetail, packPlan, unpackDetail } from '../../../proto/codec/command-detail.ts';
import { WireError } from '../../../proto/codec/wire-error.ts';

const KIB = 1024;

function planOf(removed: number, kept: number): CleanupPlan {
  const item = (action: PlanItem['action']): PlanItem => ({
    imageId: `sha256:${randomBytes(32).toString('hex')}`,
    action,
    reasons: [],
    names: [],
    digests: [],
    exclusive: { bytes: 1, inodes: 1 },
    undo: 'restore',
  });
  return {
    id: 'p',
    node: 'n',
    createdAt: 1,
    policy: DEFAULT_POLICY,
    stateHash: 's',
    items: [
      ...Array.from({ length: removed }, () => item('remove')),
      ...Array.from({ length: kept }, () => item('keep')),
    ],
    frees: { bytes: 1, inodes: 1 },
    refusals: [],
    warnings: [],
  };
}

test('a plan comes back whole where there is room', () => {
  const plan = planOf(3, 4);
  const packed = packPlan(plan);
  assert.ok(packed);
  assert.deepEqual(unpackDetail(packed), {
    plan,
    omittedKept: undefined,
    receipt: undefined,
    undo: undefined,
  });
});

test('images that stay give way to those that go, and their number is said', () => {
  const plan = planOf(2_000, 30_000);
  const packed = packPlan(plan);
  assert.ok(packed && packed.length <= 768 * KIB);
  const { plan: arrived, omittedKept } = unpackDetail(packed);
  const { items } = arrived as CleanupPlan;
  assert.equal(items.filter(({ action }) => action === 'remove').length, 2_000);
  assert.ok(items.length > 2_000);
  assert.equal(items.length + Number(omittedKept), 32_000);
});

test('a plan of which even the removals have no room is not packed', () => {
  assert.equal(packPlan(planOf(25_000, 3)), undefined);
  assert.equal(packDetail({ receipt: randomBytes(KIB * KIB).toString('hex') }), undefined);
  assert.equal(packDetail({ receipt: 'x'.repeat(16 * KIB * KIB) }), undefined);
});

test('what inflates to more than is allowed is refused', () => {
  const bomb = zstdCompressSync(Buffer.alloc(17 * KIB * KIB, ' '));
  assert.throws(() => unpackDetail(bomb), WireError);
  assert.throws(() => unpackDetail(Buffer.alloc(769 * KIB)), WireError);
});

test('what is no object is refused', () => {
  for (const json of ['[]', 'null', '1', '"a"', '{', '']) {
    assert.throws(() => unpackDetail(zstdCompressSync(Buffer.from(json))), WireError, json);
  }
});

test('any bytes are a detail, or a WireError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, isPacked) => {
      try {
        unpackDetail(isPacked ? zstdCompressSync(bytes) : bytes);
      } catch (error) {
        assert.ok(error instanceof WireError, String(error));
      }
    }),
  );
});
