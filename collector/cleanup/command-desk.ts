import { NODE_END, RESULT, type AuditEvent } from '../../core/audit-chain.ts';
import { encodeCommand, type Command } from '../../proto/codec/command.ts';
import type { CommandRecord, CommandView } from '../store/fleet-orders.ts';
import type { Store } from '../store/store.ts';
import type { AuditLog } from './audit-log.ts';

const RESULTS_AT_ONCE = 500;

export interface CommandDeskParts {
  readonly store: Pick<Store, 'putCommands' | 'commandsNamed' | 'unauditedResults'>;
  readonly audit: AuditLog;
  /** Has the node's session here, if there is one, hand over what waits for it in the store. */
  readonly deliver: (node: string) => void;
  /** ms since the epoch. */
  readonly clock: () => number;
}

/** Issues commands: in the audit log first, then kept, then sent. The same id again changes nothing. */
export class CommandDesk {
  readonly #parts: CommandDeskParts;

  constructor(parts: CommandDeskParts) {
    this.#parts = parts;
  }

  /** Kept when fulfilled; they go out now, or when their nodes connect. Throws a StoreError. */
  async issue(commands: readonly Command[]): Promise<void> {
    const { store, audit, deliver, clock } = this.#parts;
    const ids = commands.map(({ id }) => id);
    const known = await store.commandsNamed(ids, clock());
    const isKnown = new Set(known.map(({ id }) => id));
    const fresh = commands.filter(({ id }) => !isKnown.has(id));
    if (fresh.length > 0) {
      await audit.write(fresh.map((command) => issued(command, clock())));
      await store.putCommands(fresh.map(recordOf));
    }
    for (const node of new Set(commands.map((command) => command.node))) deliver(node);
  }

  /** What became of commands so far, by their ids. */
  async look(ids: readonly string[]): Promise<ReadonlyMap<string, CommandView>> {
    const views = await this.#parts.store.commandsNamed(ids, this.#parts.clock());
    return new Map(views.map((view) => [view.id, view]));
  }

  /** Writes down in the audit log what commands came to since. */
  async auditResults(): Promise<void> {
    const { store, audit } = this.#parts;
    for (;;) {
      const results = await store.unauditedResults(RESULTS_AT_ONCE);
      if (results.length === 0) return;
      await audit.write(
        results.map((result) => resultOf(result, this.#parts.clock())),
        results.map(({ id }) => id),
      );
    }
  }
}

function recordOf(command: Command): CommandRecord {
  const { id, node, issuer, action, issuedAt, expiresAt } = command;
  return { id, node, payload: encodeCommand(command), issuer, action: action.kind, issuedAt, expiresAt };
}

function issued({ id, node, issuer, action, keyId }: Command, at: number): AuditEvent {
  const target =
    action.kind === 'apply-plan'
      ? { of: action.planId }
      : action.kind === 'undo' || action.kind === 'free'
        ? { of: action.receiptId }
        : {};
  const detail = { node, order: action.kind, ...target, ...(keyId !== undefined && { key: keyId }) };
  return { at, actor: issuer, action: 'command', subject: id, detail };
}

function resultOf({ id, node, state, message = '', audit }: CommandView, at: number): AuditEvent {
  const head = audit && { nodeAuditHash: audit.hash, [NODE_END]: audit.sequence };
  return { at, actor: node, action: RESULT, subject: id, outcome: state, detail: { message, ...head } };
}
