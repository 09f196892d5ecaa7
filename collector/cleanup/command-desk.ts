import { NODE_END, RESULT, type AuditEvent } from '../../core/audit-chain.ts';
import { encodeCommand, type Command } from '../../proto/codec/command.ts';
import type { CommandRecord, CommandView } from '../store/fleet-orders.ts';
import type { Store } from '../store/store.ts';
import type { AuditLog } from './audit-log.ts';

const RESULTS_AT_ONCE = 500;

export interface CommandDeskParts {
  readonly store: Pick<
    Store,
    'putCommands' | 'commandsNamed' | 'commandsSent' | 'pendingCommands' | 'unauditedResults'
  >;
  readonly audit: AuditLog;
  /** Hands an encoded command to the node's session. False: it cannot be now. */
  readonly send: (node: string, command: Uint8Array) => boolean;
  /** Names of the nodes that have a session at this collector. */
  readonly connected: () => ReadonlySet<string>;
  /** ms since the epoch. */
  readonly clock: () => number;
}

/** Issues commands: in the audit log first, then kept, then sent. The same id again is sent again, and nothing else. */
export class CommandDesk {
  readonly #parts: CommandDeskParts;

  constructor(parts: CommandDeskParts) {
    this.#parts = parts;
  }

  /** Kept when fulfilled; they go out now, or when their nodes connect. Throws a StoreError. */
  async issue(commands: readonly Command[]): Promise<void> {
    const { store, audit, clock } = this.#parts;
    const ids = commands.map(({ id }) => id);
    const known = await store.commandsNamed(ids, clock());
    const isKnown = new Set(known.map(({ id }) => id));
    const fresh = commands.filter(({ id }) => !isKnown.has(id));
    const records = fresh.map(recordOf);
    if (fresh.length > 0) {
      await audit.write(fresh.map((command) => issued(command, clock())));
      await store.putCommands(records);
    }
    await this.#hand(records);
    for (const { node, id } of known) await this.#push(node, id);
  }

  /**
   * What became of commands so far, by their ids. One that could not be handed over before is handed over if that is
   * possible now.
   */
  async look(ids: readonly string[]): Promise<ReadonlyMap<string, CommandView>> {
    const { store, clock, connected } = this.#parts;
    const views = await store.commandsNamed(ids, clock());
    const waiting = views.filter(({ state }) => state === 'waiting');
    const here = waiting.length > 0 ? connected() : new Set<string>();
    for (const { node, id } of waiting) if (here.has(node)) await this.#push(node, id);
    return new Map(views.map((view) => [view.id, view]));
  }

  /** Hands a command over that has no result yet, if the node is there. */
  async #push(node: string, id: string): Promise<void> {
    const { store, clock } = this.#parts;
    const pending = await store.pendingCommands(node, clock());
    await this.#hand(pending.filter((one) => one.id === id).map(({ payload }) => ({ id, node, payload })));
  }

  async #hand(commands: readonly Pick<CommandRecord, 'id' | 'node' | 'payload'>[]): Promise<void> {
    const { store, send, clock } = this.#parts;
    const sent = commands.filter(({ node, payload }) => send(node, payload)).map(({ id }) => id);
    if (sent.length > 0) await store.commandsSent(sent, clock());
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
