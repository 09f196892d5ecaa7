import { LONGEST_COMMAND_MS, type Command } from '../../proto/codec/command.ts';
import type { CommandView, ReceiptFilter, ReceiptView } from '../store/fleet-orders.ts';
import type { Page, PageRequest } from '../store/page.ts';
import type { Store } from '../store/store.ts';
import type { CommandDesk } from './command-desk.ts';
import { FleetCleanupError } from './fleet-cleanup-error.ts';
import { readSigned } from './signed-commands.ts';

export interface UndoReceiptRequest {
  /** Of the command; the same again gives the command that there is. */
  readonly id: string;
  readonly issuer: string;
  /** A sentence's end, for the receipt. */
  readonly reason: string;
  /** Only these; none means all that can be. */
  readonly imageIds: readonly string[];
  /** The command, signed, in base64; absent where nodes need no signature. */
  readonly command?: string;
}

export interface ReceiptsParts {
  readonly store: Pick<Store, 'receipt' | 'receipts'>;
  readonly desk: CommandDesk;
  readonly clock: () => number;
}

/** What cleanup did on the nodes, whoever asked for it. */
export class Receipts {
  readonly #parts: ReceiptsParts;

  constructor(parts: ReceiptsParts) {
    this.#parts = parts;
  }

  list(filter: ReceiptFilter, page: PageRequest): Promise<Page<ReceiptView>> {
    return this.#parts.store.receipts(filter, page);
  }

  async get(node: string, runId: string): Promise<ReceiptView> {
    const receipt = await this.#parts.store.receipt(node, runId);
    if (receipt !== undefined) return receipt;
    throw new FleetCleanupError('not-found', `node ${node} has told of no run ${runId}`);
  }

  /** Orders the node to bring images back; answers the command. Throws a FleetCleanupError when nothing can be. */
  async undo(node: string, runId: string, request: UndoReceiptRequest): Promise<CommandView> {
    const { desk, clock } = this.#parts;
    const { id, issuer, reason, imageIds } = request;
    const there = (await desk.look([id])).get(id);
    if (there !== undefined) return there;
    const { undoUntil = 0 } = await this.get(node, runId);
    const at = clock();
    if (undoUntil <= at)
      throw new FleetCleanupError('conflict', `nothing of ${runId} on ${node} can be brought back any more`);
    const meant = { id, node, action: { kind: 'undo', receiptId: runId, imageIds, reason } } as const;
    const command: Command =
      request.command === undefined
        ? { ...meant, issuer, issuedAt: at, expiresAt: Math.min(undoUntil, at + LONGEST_COMMAND_MS) }
        : readSigned(request.command, meant, at);
    await desk.issue([command]);
    const issued = (await desk.look([id])).get(id);
    if (issued === undefined) throw new FleetCleanupError('not-found', `the command ${id} is gone`);
    return issued;
  }
}
