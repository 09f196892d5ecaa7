import { NODE_END, RESULT, type AuditEvent } from '../../core/audit-chain.ts';
import { encodeCommand, type Command } from '../../proto/codec/command.ts';
import type { CommandView } from '../store/fleet-orders.ts';
import type { Store } from '../store/store.ts';
import type { AuditLog } from './audit-log.ts';

const RESULTS_AT_ONCE = 500;

export interface CommandDeskParts {
  readonly store: Pick<
    Store,
    'putCommand' | 'command' | 'commandsSent' | 'pendingCommands' | 'unauditedResults'
  >;
  readonly audit: AuditLog;
  /** Hands an encoded command to the node's session. False: it cannot be now. */
  readonly send: (node: string, command: Uint8Array) => boolean;
  /** ms since the epoch. */
  readonly clock: () => number;
}

/** Issues commands: in the audit log first, then kept, then sent. The same id again is sent again, and nothing else. */
export class CommandDesk {
  readonly #parts: CommandDeskParts;

  constructor(parts: CommandDeskParts) {
    this.#parts = parts;
  }

  /** Kept when fulfilled; it goes out now, or when the node connects. Throws a StoreError. */
  async issue(command: Command): Promise<void> {
    const { store, audit, clock } = this.#parts;
    const { id, node, issuer, action, issuedAt, expiresAt } = command;
    if ((await store.command(id, clock())) === undefined) {
      await audit.write([issued(command, clock())]);
      const payload = encodeCommand(command);
      await store.putCommand({ id, node, payload, issuer, action: action.kind, issuedAt, expiresAt });
    }
    await this.#push(node, id);
  }

  /** What became of a command so far. One that could not be handed over before is handed over if that is possible now. */
  async look(id: string): Promise<CommandView | undefined> {
    const { store, clock } = this.#parts;
    const view = await store.command(id, clock());
    if (view?.state === 'waiting') await this.#push(view.node, id);
    return view;
  }

  /** Hands a command over that has no result yet, if the node is there. */
  async #push(node: string, id: string): Promise<void> {
    const { store, send, clock } = this.#parts;
    const pending = await store.pendingCommands(node, clock());
    const command = pending.find((one) => one.id === id);
    if (command !== undefined && send(node, command.payload)) await store.commandsSent([id], clock());
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
