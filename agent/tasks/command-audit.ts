import { sha256 } from '../../platform/sha256.ts';
import { encodeCommand, type CommandAction } from '../../proto/codec/command.ts';
import type { AuditNote } from '../state/audit-log.ts';
import type { Authority, CommandDelivery } from '../uplink/command-gate.ts';
import type { CommandOutcome } from './cleanup-commands.ts';

/** What others say goes into the log no longer than this; the digest is over all of it. */
const MAX_TEXT = 200;

/** Who orders, as receipts and the audit log name them: whom no key vouches for is not named without saying so. */
export function whoOrders({ issuer, keyId }: Authority): string {
  if (keyId !== undefined) return issuer;
  return issuer === '' ? 'the collector' : `the collector for ${short(issuer)}`;
}

/** A command as it came, with what was made of it. */
export function commandNote(delivery: CommandDelivery): AuditNote {
  const { command, authority, verdict } = delivery;
  const bytes = encodeCommand(command);
  return {
    actor: whoOrders(authority),
    action: 'command',
    subject: short(command.id),
    outcome: verdict === 'execute' ? 'accepted' : verdict,
    detail: {
      order: command.action.kind,
      ...targetOf(command.action),
      ...(authority.keyId !== undefined && { key: authority.keyId }),
      ...(command.issuer !== authority.issuer && { claimed: short(command.issuer) }),
      sha256: Buffer.from(sha256(bytes)).toString('hex'),
      ...(delivery.verdict !== 'execute' && { why: delivery.message }),
    },
  };
}

/** Others may order changes of this node than before. */
export function trustedKeysNote(keys: readonly { readonly id: string; readonly owner: string }[]): AuditNote {
  const trusted = keys.map(({ id, owner }) => `${owner} ${id}`).join(', ');
  return {
    actor: 'this agent',
    action: 'trusted-keys',
    subject: String(keys.length),
    outcome: 'changed',
    detail: { trusted },
  };
}

/** What it came to. `isRepeat`: it was carried out before, and is told again. */
export function resultNote(
  commandId: string,
  { outcome, message, detail }: CommandOutcome,
  isRepeat: boolean,
): AuditNote {
  return {
    actor: 'this agent',
    action: isRepeat ? 'result-repeated' : 'result',
    subject: short(commandId),
    outcome,
    detail: {
      message: short(message),
      ...(detail && { sha256: Buffer.from(sha256(detail)).toString('hex') }),
    },
  };
}

function targetOf(action: CommandAction): AuditNote['detail'] {
  switch (action.kind) {
    case 'apply-plan':
      return { of: short(action.planId) };
    case 'undo':
    case 'free':
      return { of: short(action.receiptId) };
    case 'ping':
    case 'scan':
    case 'plan-cleanup':
    case 'unknown':
      return {};
  }
}

function short(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}...` : text;
}
