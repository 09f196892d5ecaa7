import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  newRollout,
  rolloutCommandId,
  type Rollout,
  type RolloutNode,
  type RolloutSettings,
} from '../../core/fleet-cleanup/rollout.ts';
import { step, type RolloutEvent, type RolloutOrder } from '../../core/fleet-cleanup/step.ts';
import type { Command, CommandAction } from '../../proto/codec/command.ts';
import type { CommandView, ReceiptView } from '../store/fleet-orders.ts';
import type { Page, PageRequest } from '../store/page.ts';
import type { Store } from '../store/store.ts';
import type { AuditLog } from './audit-log.ts';
import type { CommandDesk } from './command-desk.ts';
import { FleetCleanupError } from './fleet-cleanup-error.ts';
import type { FleetPlans, PlannedNode } from './fleet-plans.ts';
import { readRunId } from './node-plan.ts';
import { readRollout, writeRollout, type KeptRollout } from './rollout-book.ts';
import { readSigned, type SignedCommands } from './signed-commands.ts';

export interface RolloutRequest {
  /** The same again gives the rollout that there is. */
  readonly id: string;
  /** The fleet plan to carry out. */
  readonly planId: string;
  readonly issuer: string;
  readonly settings: RolloutSettings;
  /** A signed `apply-plan` for every node that has something to do, where nodes need signatures. */
  readonly commands?: SignedCommands;
}

export interface RolloutsParts {
  readonly store: Pick<
    Store,
    'putDocuments' | 'document' | 'documents' | 'documentsOf' | 'commandDetail' | 'receipt' | 'receipts'
  >;
  readonly plans: FleetPlans;
  readonly desk: CommandDesk;
  readonly audit: AuditLog;
  readonly connected: () => ReadonlySet<string>;
  readonly clock: () => number;
}

const PAGE = 500;
/** Nodes that are looked at in one turn, some milliseconds; then others have theirs. */
const NODES_A_TURN = 100;
/** Receipts of a node that are looked through for the one of a plan. */
const RECENT_RECEIPTS = 20;

/**
 * Carries out the plans of many nodes: what `step` says, written down before it is done. Calls come one after the other:
 * FleetCleanup sees to that.
 */
export class Rollouts {
  readonly #parts: RolloutsParts;
  /** Those in which something is under way, by ID. */
  readonly #open = new Map<string, KeptRollout>();

  constructor(parts: RolloutsParts) {
    this.#parts = parts;
  }

  get isBusy(): boolean {
    return this.#open.size > 0;
  }

  /** Takes up what an earlier process left open, and orders again what it may not have ordered any more. */
  async resume(): Promise<void> {
    this.#open.clear();
    let cursor: string | undefined;
    do {
      const request = { limit: PAGE, ...(cursor !== undefined && { cursor }) };
      const page = await this.#parts.store.documents('rollout', request);
      for (const { id, value } of page.items) {
        const { phase } = (value as { readonly rollout: Pick<Rollout, 'phase'> }).rollout;
        if (phase === 'done' || phase === 'undone') continue;
        const kept = await readRollout(this.#parts.store, id);
        if (kept === undefined || !isOpen(kept.rollout)) continue;
        this.#open.set(id, kept);
        for (const one of kept.rollout.nodes) {
          if (one.state === 'running') await this.#order(kept, { kind: 'apply', node: one.node });
          if (one.undo === 'running') await this.#order(kept, { kind: 'undo', node: one.node });
        }
      }
      cursor = page.next;
    } while (cursor !== undefined);
  }

  /** Begins a rollout. Throws a FleetCleanupError. */
  async create({ id, planId, issuer, settings, commands }: RolloutRequest): Promise<KeptRollout> {
    const { store, plans, audit, clock } = this.#parts;
    const there = await readRollout(store, id);
    if (there !== undefined) return there;
    const plan = await plans.get(planId);
    if (plan.state === 'gathering')
      throw new FleetCleanupError('conflict', `the plan ${planId} still waits for nodes; see how far it is`);
    const nodes = plan.nodes.map(nodeOf);
    const meant = nodes.filter(({ state }) => state === 'waiting');
    if (meant.length === 0)
      throw new FleetCleanupError('conflict', `by the plan ${planId} there is nothing to do on any node`);
    const at = clock();
    const rollout = newRollout(settings, nodes, at);
    const kept = { id, planId, issuer, createdAt: at, rollout, applies: commands ?? {}, undos: {} };
    if (commands !== undefined)
      for (const { node } of meant)
        readSigned(commands[node], this.#meant(kept, { kind: 'apply', node }), at);
    const detail = { plan: planId, nodes: meant.length };
    await audit.write([{ at, actor: issuer, action: 'rollout', subject: id, outcome: 'begun', detail }]);
    await writeRollout(store, kept, undefined, at);
    this.#open.set(id, kept);
    return kept;
  }

  /** As it was last written down; changes nothing. */
  async read(id: string): Promise<KeptRollout> {
    const kept = await readRollout(this.#parts.store, id);
    if (kept === undefined) throw new FleetCleanupError('not-found', `there is no rollout ${id}`);
    return kept;
  }

  /** As it is now, with what its nodes told since. */
  async get(id: string): Promise<KeptRollout> {
    return await this.#takeIn(this.#open.get(id) ?? (await this.read(id)));
  }

  /** What `view` keeps of each, latest made first: a rollout over the whole fleet is large, so one is held at a time. */
  async list<T>(page: PageRequest, view: (kept: KeptRollout) => T): Promise<Page<T>> {
    const { items, next } = await this.#parts.store.documents('rollout', page);
    const views: T[] = [];
    for (const { id } of items) {
      await nextTurn();
      views.push(view(await this.read(id)));
    }
    return { items: views, ...(next !== undefined && { next }) };
  }

  /** Begins nothing more. Throws a FleetCleanupError when there is nothing to stop. */
  async stop(id: string, issuer: string): Promise<KeptRollout> {
    const why = `stopped by ${issuer}`;
    return await this.#told(await this.get(id), { kind: 'stop', why, at: this.#parts.clock() }, issuer);
  }

  /** Goes on after a stop, and with nodes that could not be reached. */
  async continue(id: string, issuer: string): Promise<KeptRollout> {
    return await this.#told(await this.get(id), { kind: 'continue', at: this.#parts.clock() }, issuer);
  }

  /**
   * Brings back what it removed, on every node whose grace period lasts. `commands`: a signed `undo` for each of them, in
   * the round that follows the last; without it where nodes need no signature.
   */
  async undo(id: string, issuer: string, commands: SignedCommands = {}): Promise<KeptRollout> {
    const at = this.#parts.clock();
    const kept = { ...(await this.get(id)), undos: commands };
    const { rollout } = step(kept.rollout, { kind: 'undo', at });
    for (const { node, undo } of rollout.nodes)
      if (undo === 'waiting' && Object.keys(commands).length > 0)
        readSigned(commands[node], this.#meant({ ...kept, rollout }, { kind: 'undo', node }), at);
    return await this.#told(kept, { kind: 'undo', at }, issuer);
  }

  /** Takes in what nodes told, and does what is due. True: something has changed. */
  async advance(): Promise<boolean> {
    let hasMoved = false;
    for (const open of this.#open.values()) {
      const kept = await this.#takeIn(open);
      const { rollout, orders } = step(kept.rollout, {
        kind: 'time',
        at: this.#parts.clock(),
        connected: this.#parts.connected(),
      });
      const after = await this.#changed(kept, rollout);
      for (const order of orders) await this.#order(after, order);
      hasMoved ||= after.rollout !== open.rollout;
    }
    return hasMoved;
  }

  /** What a person asked for; a conflict when it changes nothing. */
  async #told(kept: KeptRollout, event: RolloutEvent, issuer: string): Promise<KeptRollout> {
    const { rollout } = step(kept.rollout, event);
    const { kind, at } = event;
    if (rollout === kept.rollout)
      throw new FleetCleanupError(
        'conflict',
        `the rollout is ${kept.rollout.phase}: ${kind} changes nothing`,
      );
    const entry = { at, actor: issuer, action: 'rollout', subject: kept.id, outcome: kind, detail: {} };
    await this.#parts.audit.write([entry]);
    return await this.#changed(kept, rollout);
  }

  /** Written down when anything changed, and remembered while something is under way. */
  async #changed(before: KeptRollout, rollout: Rollout): Promise<KeptRollout> {
    const stored = this.#open.get(before.id) ?? before;
    if (rollout === stored.rollout && before.undos === stored.undos) return before;
    const after = { ...before, rollout };
    await writeRollout(this.#parts.store, after, stored, this.#parts.clock());
    if (isOpen(rollout)) this.#open.set(after.id, after);
    else this.#open.delete(after.id);
    return after;
  }

  async #takeIn(kept: KeptRollout): Promise<KeptRollout> {
    let { rollout } = kept;
    for (const [at, one] of kept.rollout.nodes.entries()) {
      if (at > 0 && at % NODES_A_TURN === 0) await nextTurn();
      for (const event of await this.#news(kept, one)) rollout = step(rollout, event).rollout;
    }
    return await this.#changed(kept, rollout);
  }

  /** What became of a node since. */
  async #news(kept: KeptRollout, one: RolloutNode): Promise<readonly RolloutEvent[]> {
    const { node, state, undo, receiptId, undoUntil } = one;
    const at = this.#parts.clock();
    const events: RolloutEvent[] = [];
    const isUnknown = state === 'failed' && receiptId === undefined;
    if (state === 'running' || isUnknown) {
      const result = await this.#result(kept, { kind: 'apply', node });
      if (result?.outcome !== undefined) {
        const { outcome, message } = result;
        const receipt = await this.#receiptOf(one, result.view);
        events.push({ kind: 'applied', node, outcome, message, ...(receipt && { receipt }), at });
      }
    }
    if (undo === 'running') {
      const result = await this.#result(kept, { kind: 'undo', node });
      if (result?.outcome !== undefined) {
        const { outcome, message } = result;
        events.push({ kind: 'undone', node, outcome, message, at });
      }
    }
    // Until its grace period is over, a run may yet change.
    if (receiptId !== undefined && undoUntil !== undefined) {
      const receipt = await this.#parts.store.receipt(node, receiptId);
      if (receipt !== undefined) events.push({ kind: 'receipt', node, receipt, at });
    }
    return events;
  }

  async #result(kept: KeptRollout, order: RolloutOrder) {
    const id = rolloutCommandId(kept.id, order, kept.rollout.undoRound);
    const view = (await this.#parts.desk.look([id])).get(id);
    // That a command expired without a word says nothing of what it did.
    if (view?.finishedAt === undefined || view.state === 'waiting' || view.state === 'sent') return undefined;
    return { view, outcome: view.state, message: view.message ?? '' };
  }

  /** The run that a command came to: by its result, or else by its plan, when the result had no room for it. */
  async #receiptOf(
    { node, planId }: RolloutNode,
    { id, hasDetail }: CommandView,
  ): Promise<ReceiptView | undefined> {
    const { store } = this.#parts;
    const detail = hasDetail ? await store.commandDetail(id) : undefined;
    const runId = detail && readRunId(detail);
    if (runId !== undefined) return await store.receipt(node, runId);
    const { items } = await store.receipts({ node }, { limit: RECENT_RECEIPTS });
    return items.find((receipt) => receipt.planId === planId);
  }

  async #order(kept: KeptRollout, order: RolloutOrder): Promise<void> {
    const signed = order.kind === 'apply' ? kept.applies : kept.undos;
    const at = this.#parts.clock();
    const one = kept.rollout.nodes.find(({ node }) => node === order.node);
    const meant = this.#meant(kept, order);
    const base64 = signed[order.node];
    const { answerMs } = kept.rollout.settings;
    const expiresAt =
      order.kind === 'apply' ? at + answerMs : Math.min(at + answerMs, one?.undoUntil ?? Infinity);
    const command: Command =
      base64 === undefined
        ? { ...meant, issuer: kept.issuer, issuedAt: at, expiresAt }
        : readSigned(base64, meant, 0);
    await this.#parts.desk.issue([command]);
  }

  #meant(kept: KeptRollout, order: RolloutOrder) {
    const one = kept.rollout.nodes.find(({ node }) => node === order.node);
    const action: CommandAction =
      order.kind === 'apply'
        ? {
            kind: 'apply-plan',
            planId: one?.planId ?? '',
            stateHash: Buffer.from(one?.stateHash ?? '', 'hex'),
          }
        : {
            kind: 'undo',
            receiptId: one?.receiptId ?? '',
            imageIds: [],
            reason: `the rollout ${kept.id} is undone`,
          };
    return { id: rolloutCommandId(kept.id, order, kept.rollout.undoRound), node: order.node, action };
  }
}

/** Has something under way, or will have. */
function isOpen({ phase, nodes }: Rollout): boolean {
  if (phase === 'running' || phase === 'pausing' || phase === 'undoing') return true;
  return nodes.some(({ state, undo }) => state === 'running' || undo === 'running');
}

function nodeOf(planned: PlannedNode): RolloutNode {
  const { node, state, planId = '', stateHash = '', images = 0, bytes = 0, refusals = [] } = planned;
  const base = { node, planId, stateHash, images, bytes };
  if (state !== 'planned')
    return { ...base, state: 'left-out', why: `it has no plan: ${planned.why ?? state}` };
  const [refusal] = refusals;
  if (refusal !== undefined) return { ...base, state: 'left-out', why: refusal };
  return images === 0
    ? { ...base, state: 'left-out', why: 'nothing to remove' }
    : { ...base, state: 'waiting' };
}
