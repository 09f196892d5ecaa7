import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { checkPlans, signApplies, signUndos } from '../../../../../cli/fleet/cleanup/sign.ts';
import type { FleetPlan, NodePlan } from '../../../../../cli/fleet/cleanup/views.ts';
import { makePlan } from '../../../../../core/cleanup/make-plan.ts';
import { DEFAULT_ROLLOUT, newRollout } from '../../../../../core/fleet-cleanup/rollout.ts';
import { sha256Hex } from '../../../../../platform/sha256.ts';
import { decodeCommand } from '../../../../../proto/codec/command.ts';
import { keyId, verifyCommand } from '../../../../../proto/codec/command-signature.ts';
import { planInput, staleImage, storageOf } from '../../../../support/cleanup-node.ts';

const { privateKey: key } = generateKeyPairSync('ed25519');
const signer = { key, now: 1000, forMs: 500 };
const own = makePlan(
  planInput([staleImage('a')], { node: 'a', storage: storageOf({ a: ['x:5'] }) }),
  sha256Hex,
);
const { id: planId, stateHash } = own;
const plan: FleetPlan = {
  id: 'p',
  state: 'whole',
  nodes: [
    { node: 'a', state: 'planned', images: 1, planId, stateHash },
    { node: 'b', state: 'planned', images: 0, planId, stateHash },
    { node: 'c', state: 'expired' },
    { node: 'd', state: 'planned', images: 1, planId, stateHash, refusals: ['no'] },
  ],
};

function detail(changes: Partial<NodePlan['plan']> = {}, omittedKept = 0): ReadonlyMap<string, NodePlan> {
  return new Map([['a', { plan: { ...own, ...changes }, omittedKept }]]);
}

test('what is signed is just what is meant, for one node each', () => {
  checkPlans(plan, detail());
  const signed = signApplies(plan, 'r', signer);
  assert.deepEqual(Object.keys(signed), ['a']);
  const command = decodeCommand(Buffer.from(signed['a'] ?? '', 'base64'));
  const publicKey = createPublicKey(key);
  const trusted = { id: keyId(publicKey), owner: 'anna', key: publicKey };
  assert.equal(verifyCommand(command, [trusted]).kind, 'signed');
  assert.deepEqual([command.id, command.node, command.expiresAt], ['r.apply.a', 'a', 1500]);
  assert.ok(command.action.kind === 'apply-plan');
  assert.equal(command.action.planId, planId);
  assert.equal(Buffer.from(command.action.stateHash).toString('hex'), stateHash);
});

test('a plan that is not what its ID says is not signed', () => {
  assert.throws(() => checkPlans(plan, new Map()), /was not sent/);
  assert.throws(() => checkPlans(plan, detail({ node: 'b' })), /not what its ID says/);
  assert.throws(() => checkPlans(plan, detail({ items: [] })), /not what its ID says/);
  assert.throws(() => checkPlans(plan, detail({ stateHash: 'f' })), /not what its ID says/);
  assert.throws(() => checkPlans(plan, detail({}, 3)), /too large to be sent whole/);
});

test('an undo is signed for each node on which something can be brought back, in its round', () => {
  const node = { planId, stateHash, images: 1, bytes: 1, state: 'done' } as const;
  const nodes = [
    { ...node, node: 'a', receiptId: 'run-a', undoUntil: 2000 },
    { ...node, node: 'b', receiptId: 'run-b', undoUntil: 900 },
    { ...node, node: 'c', receiptId: 'run-c', undoUntil: 2000, undo: 'done' as const },
    { ...node, node: 'd' },
  ];
  const rollout = {
    ...newRollout(DEFAULT_ROLLOUT, nodes, 0),
    id: 'r',
    planId: 'p',
    issuer: 'anna',
    undoRound: 1,
  };
  const signed = signUndos(rollout, signer);
  assert.deepEqual(Object.keys(signed), ['a']);
  const { id, action } = decodeCommand(Buffer.from(signed['a'] ?? '', 'base64'));
  assert.equal(id, 'r.undo-2.a');
  assert.deepEqual(action, {
    kind: 'undo',
    receiptId: 'run-a',
    imageIds: [],
    reason: 'the rollout r is undone',
  });
});
