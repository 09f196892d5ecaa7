import { setTimeout as sleep } from 'node:timers/promises';
import { CleanupError } from '../cleanup/cleanup-error.ts';
import { quarantined, type RunState } from '../cleanup/journal/run-state.ts';
import { PolicyError, readPolicy } from '../../core/cleanup/policy-json.ts';
import type { CleanupPolicy } from '../../core/cleanup/policy.ts';
import { errorMessage } from '../../platform/error-message.ts';
import type { CommandAction } from '../../proto/codec/command.ts';
import { packDetail, packPlan, type CommandDetail } from '../../proto/codec/command-detail.ts';
import type { Outcome } from '../../proto/codec/event.ts';
import { StateError } from '../state/state-error.ts';
import type { CleanupService } from './cleanup-service.ts';

/** What a command came to. */
export interface CommandOutcome {
  readonly outcome: Outcome;
  /** A sentence. */
  readonly message: string;
  readonly detail?: Uint8Array;
}

export type CleanupAction = Extract<
  CommandAction,
  { readonly kind: 'plan-cleanup' | 'apply-plan' | 'undo' | 'free' }
>;

export interface CleanupOrder {
  readonly commandId: string;
  /** For the receipt. */
  readonly issuer: string;
  readonly action: CleanupAction;
  /** How long to wait for the end of another run, ms. */
  readonly patienceMs: number;
}

/** What commands ask of cleanup on this node. */
export type CommandedCleanup = Pick<
  CleanupService,
  'plan' | 'apply' | 'undo' | 'settle' | 'receipt' | 'runOf' | 'announce'
>;

/** A command names a plan whole: what it signs must not fit another. */
const PLAN_ID = /^[0-9a-f]{64}$/;
/** Matching costs this node's time, pattern by name; a person at the node may give more of them. */
const MOST_PATTERNS = 100;
const MOST_STARS = 6;
const LOOK_AGAIN_MS = 5_000;
const WITHOUT_DETAIL = 'It is too large to be sent along; see tallyman cleanup history on the node.';

/** Carries out a command about cleanup. Does not throw: what goes wrong is an outcome with its reason. */
export async function carryOutCleanup(
  order: CleanupOrder,
  cleanup: CommandedCleanup,
  signal: AbortSignal,
): Promise<CommandOutcome> {
  try {
    return await whenFree(order.patienceMs, signal, () => carryOut(order, cleanup, signal));
  } catch (error) {
    const run = order.action.kind === 'apply-plan' ? runIfReadable(order.commandId, cleanup) : undefined;
    const { outcome, message } = failure(error, signal);
    return { outcome, ...told(message, run && { receipt: run }) };
  }
}

/** What a run came to that a command ordered. */
export function runOutcome(run: RunState): CommandOutcome {
  const stayed = run.images.filter(({ status }) => status !== 'quarantined' && status !== 'deleted');
  const gone = run.images.length - stayed.length;
  const [first] = stayed;
  const reason = run.reason ?? (first?.reason && `${first.names[0] ?? first.imageId}: ${first.reason}`);
  const message = `${gone} of ${images(run.images.length)} removed${reason === undefined ? '' : `; ${reason}`}.`;
  return { outcome: run.outcome === 'done' ? 'done' : 'failed', ...told(message, { receipt: run }) };
}

async function carryOut(
  { commandId, issuer, action }: CleanupOrder,
  cleanup: CommandedCleanup,
  signal: AbortSignal,
): Promise<CommandOutcome> {
  switch (action.kind) {
    case 'plan-cleanup': {
      const { plan } = await cleanup.plan(policyOf(action.policy), signal);
      const going = plan.items.filter(({ action: what }) => what === 'remove').length;
      const [refusal] = plan.refusals;
      const message =
        refusal === undefined
          ? `${images(going)} would go, which frees ${plan.frees.bytes} bytes; ${plan.items.length - going} stay.`
          : `Nothing would go: ${refusal}`;
      const detail = packPlan(plan);
      if (detail !== undefined) return { outcome: 'done', message, detail };
      return { outcome: 'failed', message: `${message} The plan is too large to be sent: give it limits.` };
    }
    case 'apply-plan': {
      if (!PLAN_ID.test(action.planId))
        throw new CleanupError('refused', 'a command names a plan by its whole ID');
      // Also when the store of commands was lost: what a command ordered is in the journal of its run.
      const earlier = cleanup.runOf(commandId);
      if (earlier !== undefined) return runOutcome(earlier);
      const stateHash = Buffer.from(action.stateHash).toString('hex');
      const { planId } = action;
      return runOutcome(
        await cleanup.apply({ planId, issuer, commandId, ...(stateHash !== '' && { stateHash }) }, signal),
      );
    }
    case 'undo': {
      const { receiptId, reason, imageIds } = action;
      const request = {
        issuer,
        reason: reason === '' ? 'asked for by a command' : reason,
        ...(imageIds.length > 0 && { imageIds }),
      };
      const undo = await cleanup.undo(receiptId, request, signal);
      const problems = undo.problems.map((problem) => `; ${problem}`).join('');
      const message = `${images(undo.restored.length)} brought back${problems}.`;
      return {
        outcome: undo.problems.length === 0 ? 'done' : 'failed',
        ...told(message, { receipt: cleanup.receipt(receiptId), undo }),
      };
    }
    case 'free': {
      const before = quarantined(cleanup.receipt(action.receiptId)).length;
      await cleanup.settle(signal, action.receiptId, issuer);
      const receipt = cleanup.receipt(action.receiptId);
      const freed = before - quarantined(receipt).length;
      return { outcome: 'done', ...told(`What it kept of ${images(freed)} is freed.`, { receipt }) };
    }
  }
}

/** Journals that cannot be read may be what went wrong. */
function runIfReadable(commandId: string, cleanup: CommandedCleanup): RunState | undefined {
  try {
    return cleanup.runOf(commandId);
  } catch {
    return undefined;
  }
}

/** Another run, of a person or a schedule, ends soon or late; tries again while there is patience. */
async function whenFree<T>(patienceMs: number, signal: AbortSignal, run: () => Promise<T>): Promise<T> {
  for (let waited = 0; ; waited += LOOK_AGAIN_MS) {
    try {
      return await run();
    } catch (error) {
      const isBusy = error instanceof CleanupError && error.code === 'busy';
      if (!isBusy || waited + LOOK_AGAIN_MS > patienceMs) throw error;
      await sleep(LOOK_AGAIN_MS, undefined, { signal });
    }
  }
}

/** Throws a PolicyError. */
function policyOf(bytes: Uint8Array): CleanupPolicy {
  const policy = readPolicy(bytes.length === 0 ? {} : jsonOf(bytes));
  const patterns = [...policy.only, ...policy.never];
  if (patterns.length > MOST_PATTERNS)
    throw new PolicyError(`a policy by command has at most ${MOST_PATTERNS} patterns`);
  const wild = patterns.find((pattern) => pattern.split('*').length - 1 > MOST_STARS);
  if (wild !== undefined)
    throw new PolicyError(`a pattern by command has at most ${MOST_STARS} stars, unlike "${wild}"`);
  return policy;
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new PolicyError('the policy is not JSON', error);
  }
}

function failure(error: unknown, signal: AbortSignal): CommandOutcome {
  if (signal.aborted) return { outcome: 'failed', message: 'The agent was ended meanwhile.' };
  const isOurs = error instanceof CleanupError && error.code !== 'journal' && error.code !== 'failed';
  // An audit log that cannot be written is the only thing that fails so here, before anything is done.
  const isRefusal = isOurs || error instanceof PolicyError || error instanceof StateError;
  return { outcome: isRefusal ? 'refused' : 'failed', message: sentence(errorMessage(error)) };
}

function told(message: string, detail: CommandDetail | undefined): Omit<CommandOutcome, 'outcome'> {
  if (detail === undefined) return { message };
  const packed = packDetail(detail);
  return packed === undefined ? { message: `${message} ${WITHOUT_DETAIL}` } : { message, detail: packed };
}

function images(count: number): string {
  return count === 1 ? '1 image' : `${count} images`;
}

function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
