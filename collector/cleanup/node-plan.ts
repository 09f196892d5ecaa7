import { planHash } from '../../core/cleanup/plan-hash.ts';
import type { CleanupPlan } from '../../core/cleanup/plan.ts';
import { sha256Hex } from '../../platform/sha256.ts';
import { unpackDetail } from '../../proto/codec/command-detail.ts';

/** A node's plan as it came, checked as far as we rely on it. */
export interface NodePlan {
  readonly plan: CleanupPlan;
  /** So many images that stay are left out of it. */
  readonly omittedKept: number;
}

const HASH = /^[0-9a-f]{64}$/;

/** Reads the detail of a `plan-cleanup` result. A sentence's end instead when it is not what it should be. */
export function readNodePlan(detail: Uint8Array, node: string): NodePlan | string {
  let unpacked: ReturnType<typeof unpackDetail>;
  try {
    unpacked = unpackDetail(detail);
  } catch {
    return 'its plan cannot be read';
  }
  const { plan, omittedKept = 0 } = unpacked;
  if (!isPlan(plan) || !isCount(omittedKept)) return 'its plan is not one';
  if (plan.node !== node) return `its plan is of another node, ${plan.node.slice(0, 100)}`;
  if (omittedKept === 0 && planHash(plan, sha256Hex) !== plan.id) return 'its plan is not what its ID says';
  return { plan, omittedKept };
}

/** The receipt's ID in the detail of a result; undefined when there is none. */
export function readRunId(detail: Uint8Array): string | undefined {
  try {
    const { receipt } = unpackDetail(detail);
    const { runId } = receipt as { readonly runId?: unknown };
    return typeof runId === 'string' ? runId : undefined;
  } catch {
    return undefined;
  }
}

function isPlan(value: unknown): value is CleanupPlan {
  if (typeof value !== 'object' || value === null) return false;
  const { id, node, stateHash, items, frees, refusals, warnings, createdAt } = value as Record<
    string,
    unknown
  >;
  return (
    [id, stateHash].every((one) => typeof one === 'string' && HASH.test(one)) &&
    typeof node === 'string' &&
    isCount(createdAt) &&
    Array.isArray(items) &&
    items.every(isItem) &&
    isSpace(frees) &&
    [refusals, warnings].every((list) => Array.isArray(list) && list.every((one) => typeof one === 'string'))
  );
}

function isItem(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { imageId, action, reasons, names, exclusive, undo } = value as Record<string, unknown>;
  return (
    typeof imageId === 'string' &&
    (action === 'remove' || action === 'keep') &&
    Array.isArray(reasons) &&
    Array.isArray(names) &&
    isSpace(exclusive) &&
    typeof undo === 'string'
  );
}

function isSpace(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { bytes, inodes } = value as Record<string, unknown>;
  return isCount(bytes) && isCount(inodes);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
