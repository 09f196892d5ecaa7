import { tallyman } from '../generated/tallyman.js';
import { decodeBounded } from './decode.ts';
import { integer, optionalText, present, text } from './fields.ts';
import { textWriter } from './text-writer.ts';

const MAX_FIELDS = 1000;

/** `unknown`: of a newer collector. */
export type CommandAction =
  | { readonly kind: 'ping' }
  | { readonly kind: 'scan'; readonly anew: boolean }
  | { readonly kind: 'plan-cleanup'; readonly policy: Uint8Array }
  /** `stateHash`: refused when the plan was made of another state; empty means of any. */
  | { readonly kind: 'apply-plan'; readonly planId: string; readonly stateHash: Uint8Array }
  | {
      readonly kind: 'undo';
      readonly receiptId: string;
      /** Only these; empty means all that can be. */
      readonly imageIds: readonly string[];
      /** A sentence's end, for the receipt. */
      readonly reason: string;
    }
  /** Frees now what a run keeps until the end of its grace period. */
  | { readonly kind: 'free'; readonly receiptId: string }
  | { readonly kind: 'unknown' };

/** An order to one node. Times are ms since the epoch. */
export interface Command {
  readonly id: string;
  readonly issuer: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly node: string;
  readonly action: CommandAction;
  /** See command-signature.ts. */
  readonly signature?: Uint8Array;
  readonly keyId?: string;
  /** It came with fields that this version does not know, which are lost here. */
  readonly isNewer?: true;
}

export function encodeCommand(command: Command): Uint8Array {
  const { action, isNewer: _, ...rest } = command;
  return tallyman.v1.Command.encode({ ...rest, ...actionMessage(action) }, textWriter()).finish();
}

/** Throws a WireError when the bytes are no command. */
export function decodeCommand(bytes: Uint8Array): Command {
  return commandOf(decodeBounded(tallyman.v1.Command, bytes, MAX_FIELDS));
}

export function commandOf(message: tallyman.v1.Command.$Properties): Command {
  return present({
    id: text(message.id),
    issuer: text(message.issuer),
    issuedAt: integer(message.issuedAt),
    expiresAt: integer(message.expiresAt),
    node: text(message.node),
    action: actionOf(message),
    signature: message.signature?.length ? message.signature : undefined,
    keyId: optionalText(message.keyId),
    isNewer: hasStrangeFields(message) ? (true as const) : undefined,
  });
}

/**
 * Agents refuse what is valid for longer: they remember a command until a day after its expiry, so that one without end
 * would never be forgotten.
 */
export const LONGEST_COMMAND_MS = 30 * 24 * 3_600_000;

/** Whether it may remove something, or bring something back. */
export function changesNode({ kind }: CommandAction): boolean {
  return kind === 'apply-plan' || kind === 'undo' || kind === 'free';
}

function hasStrangeFields(message: tallyman.v1.Command.$Properties): boolean {
  const { ping, scan, planCleanup, applyPlan, undo, free } = message;
  const parts = [message, ping, scan, planCleanup, applyPlan, undo, free];
  return parts.some((part) => (part?.$unknowns?.length ?? 0) > 0);
}

function actionMessage(action: CommandAction): tallyman.v1.Command.$Properties {
  switch (action.kind) {
    case 'ping':
      return { ping: {} };
    case 'scan':
      return { scan: { anew: action.anew } };
    case 'plan-cleanup':
      return { planCleanup: { policy: action.policy } };
    case 'apply-plan':
      return { applyPlan: { planId: action.planId, stateHash: action.stateHash } };
    case 'undo':
      return {
        undo: { receiptId: action.receiptId, imageIds: [...action.imageIds], reason: action.reason },
      };
    case 'free':
      return { free: { receiptId: action.receiptId } };
    case 'unknown':
      return {};
  }
}

function actionOf(message: tallyman.v1.Command.$Properties): CommandAction {
  if (message.ping) return { kind: 'ping' };
  if (message.scan) return { kind: 'scan', anew: message.scan.anew ?? false };
  if (message.planCleanup) {
    return { kind: 'plan-cleanup', policy: message.planCleanup.policy ?? new Uint8Array() };
  }
  if (message.applyPlan) {
    const { planId, stateHash } = message.applyPlan;
    return { kind: 'apply-plan', planId: text(planId), stateHash: stateHash ?? new Uint8Array() };
  }
  if (message.undo) {
    const { receiptId, imageIds, reason } = message.undo;
    return { kind: 'undo', receiptId: text(receiptId), imageIds: imageIds ?? [], reason: text(reason) };
  }
  if (message.free) return { kind: 'free', receiptId: text(message.free.receiptId) };
  return { kind: 'unknown' };
}
