import { readFileSync } from 'node:fs';
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { planHash } from '../../../core/cleanup/plan-hash.ts';
import { rolloutCommandId } from '../../../core/fleet-cleanup/rollout.ts';
import { errorMessage } from '../../../platform/error-message.ts';
import { sha256Hex } from '../../../platform/sha256.ts';
import { encodeCommand, type CommandAction } from '../../../proto/codec/command.ts';
import { signCommand } from '../../../proto/codec/command-signature.ts';
import { EXIT, Failure } from '../../failure.ts';
import { asker } from './asker.ts';
import type { FleetPlan, FleetRollout, NodePlan } from './views.ts';

/** Signs for one rollout; what is signed holds for a while. */
export interface Signer {
  readonly key: KeyObject;
  /** ms since the epoch. */
  readonly now: number;
  readonly forMs: number;
}

/** Reads an Ed25519 private key. Throws a Failure. */
export function readSignKey(path: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(readFileSync(path));
  } catch (error) {
    throw new Failure(EXIT.usage, `sign-key ${path} cannot be read: ${errorMessage(error)}`, error);
  }
  if (key.asymmetricKeyType === 'ed25519') return key;
  throw new Failure(EXIT.usage, `sign-key ${path} is no Ed25519 key; make one: tallyman keys create NAME`);
}

/**
 * Checks that each node's plan is what its ID says, since the ID is what is signed: the collector that shows it may be
 * anyone's. Throws a Failure.
 */
export function checkPlans(plan: FleetPlan, details: ReadonlyMap<string, NodePlan>): void {
  for (const { node, planId, stateHash } of meant(plan)) {
    const detail = details.get(node);
    if (detail === undefined) throw new Failure(EXIT.failed, `the plan of node ${node} was not sent`);
    const { plan: own, omittedKept } = detail;
    if (omittedKept > 0)
      throw new Failure(
        EXIT.failed,
        `the plan of node ${node} is too large to be sent whole, so it cannot be checked; sign none of it, or plan with limits`,
      );
    const isSame =
      own.node === node &&
      own.id === planId &&
      own.stateHash === stateHash &&
      planHash(own, sha256Hex) === planId;
    if (!isSame)
      throw new Failure(EXIT.denied, `the plan of node ${node} is not what its ID says; nothing is signed`);
  }
}

/** An `apply-plan` for every node that has something to do, by node. */
export function signApplies(plan: FleetPlan, rolloutId: string, signer: Signer): Record<string, string> {
  const signed = meant(plan).map(({ node, planId = '', stateHash = '' }) => {
    const action = { kind: 'apply-plan', planId, stateHash: Buffer.from(stateHash, 'hex') } as const;
    return [node, sign(signer, node, rolloutCommandId(rolloutId, { kind: 'apply', node }, 0), action)];
  });
  return Object.fromEntries(signed) as Record<string, string>;
}

/** An `undo` for every node of a rollout on which something can be brought back, by node. */
export function signUndos(rollout: FleetRollout, signer: Signer): Record<string, string> {
  const signed = rollout.nodes.flatMap(({ node, receiptId, undoUntil = 0, undo }) => {
    if (receiptId === undefined || undoUntil <= signer.now || undo === 'done') return [];
    const action = undoing(receiptId, `the rollout ${rollout.id} is undone`);
    const id = rolloutCommandId(rollout.id, { kind: 'undo', node }, rollout.undoRound + 1);
    return [[node, sign(signer, node, id, action)]];
  });
  return Object.fromEntries(signed) as Record<string, string>;
}

/** An `undo` of one run, under an ID of its own. */
export function signUndo(signer: Signer, node: string, id: string, runId: string, reason: string): string {
  return sign(signer, node, id, undoing(runId, reason));
}

function undoing(receiptId: string, reason: string): CommandAction {
  return { kind: 'undo', receiptId, imageIds: [], reason };
}

function sign({ key, now, forMs }: Signer, node: string, id: string, action: CommandAction): string {
  const command = { id, issuer: asker(), issuedAt: now, expiresAt: now + forMs, node, action };
  return Buffer.from(encodeCommand(signCommand(command, key))).toString('base64');
}

/** As the collector chooses them too: a plan that removes something, and does not refuse. */
function meant({ nodes }: FleetPlan): FleetPlan['nodes'] {
  return nodes.filter(
    ({ state, images = 0, refusals = [] }) => state === 'planned' && images > 0 && refusals.length === 0,
  );
}
