import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  newRollout,
  rolloutCommandId,
  type Rollout,
  type RolloutNode,
  type RolloutSettings,
} from '../../core/fleet-cleanup/rollout.ts';
import { step, type RolloutEvent, type RolloutOrder } from '../../core/fleet-cleanup/step.ts';
import { placesOf, told, type Places } from '../../core/fleet-cleanup/told.ts';
import type { Command, CommandAction } from '../../proto/codec/command.ts';
import type { Page, PageRequest } from '../store/page.ts';
import type { Store } from '../store/store.ts';
import type { AuditLog } from './audit-log.ts';
import type { CommandDesk } from './command-desk.ts';
import { FleetCleanupError } from './fleet-cleanup-error.ts';
import type { FleetPlans, PlannedNode } from './fleet-plans.ts';
import { inTurns } from './in-turns.ts';
import { readRollout, writeRollout, type KeptRollout } from './rollout-book.ts';
import { isAwaited, mayChange, newsOf, type NewsParts } from './rollout-news.ts';
import { readSigned, type MeantCommand, type SignedCommands } from './signed-commands.ts';

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
  readonly store: Pick<Store, 'putDocuments' | 'document' | 'documents' | 'documentsOf'> & NewsParts['store'];
  readonly plans: Pick<FleetPlans, 'get'>;
  readonly desk: Pick<CommandDesk, 'issue' | 'look'>;
  readonly audit: Pick<AuditLog, 'write'>;
  readonly connected: () => ReadonlySet<string>;
  readonly clock: () => number;
}

const PAGE = 500;
/** Runs within their grace periods of which it is asked in one `advance` whether they have changed; the next ones in the next. */
const RUNS_A_TURN = 500;

/** A rollout in which something is under way. */
interface OpenRollout {
  kept: KeptRollout;
  readonly places: Places;
  /** The place of the first node whose run is asked after next. */
  nextRun: number;
}

/**
 * Carries out the plans of many nodes: what `step` says, written down before it is done. Calls come one after the other:
 * FleetCleanup sees to that.
 */
export class Rollouts {
  readonly #parts: RolloutsParts;
  /** By ID. */
  readonly #open = new Map<string, OpenRollout>();

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
        const { places } = this.#remember(kept);
        await this.#order(kept, places, kept.rollout.nodes.flatMap(ordersOf));
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
      for (const one of meant) readSigned(commands[one.node], meantFor(kept, 'apply', one), at);
    const detail = { plan: planId, nodes: meant.length };
    await audit.write([{ at, actor: issuer, action: 'rollout', subject: id, outcome: 'begun', detail }]);
    await writeRollout(store, kept, undefined, at);
    this.#remember(kept);
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
    const open = this.#open.get(id) ?? openOf(await this.read(id));
    const { nodes } = open.kept.rollout;
    return await this.#takeIn(
      open,
      nodes.filter((one) => isAwaited(one) || mayChange(one)),
    );
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
    const areSigned = Object.keys(commands).length > 0;
    for (const one of rollout.nodes)
      if (one.undo === 'waiting' && areSigned)
        readSigned(commands[one.node], meantFor({ ...kept, rollout }, 'undo', one), at);
    return await this.#told(kept, { kind: 'undo', at }, issuer);
  }

  /** Takes in what nodes told, and does what is due. True: something has changed. */
  async advance(): Promise<boolean> {
    let hasMoved = false;
    for (const open of this.#open.values()) {
      const before = open.kept.rollout;
      const kept = await this.#takeIn(open, dueOf(open));
      const { rollout, orders } = step(kept.rollout, {
        kind: 'time',
        at: this.#parts.clock(),
        connected: this.#parts.connected(),
      });
      const after = await this.#changed(kept, rollout);
      await this.#order(after, open.places, orders);
      hasMoved ||= after.rollout !== before;
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
    const open = this.#open.get(before.id);
    const stored = open?.kept ?? before;
    if (rollout === stored.rollout && before.undos === stored.undos) return before;
    const after = { ...before, rollout };
    await writeRollout(this.#parts.store, after, stored, this.#parts.clock());
    if (!isOpen(rollout)) this.#open.delete(after.id);
    else if (open === undefined) this.#remember(after);
    else open.kept = after;
    return after;
  }

  #remember(kept: KeptRollout): OpenRollout {
    const open = openOf(kept);
    this.#open.set(kept.id, open);
    return open;
  }

  /** Asks what became of these nodes, and takes it in. */
  async #takeIn({ kept, places }: OpenRollout, nodes: readonly RolloutNode[]): Promise<KeptRollout> {
    let { rollout } = kept;
    for await (const some of inTurns(nodes))
      rollout = told(rollout, await newsOf(kept, some, this.#parts), places);
    return await this.#changed(kept, rollout);
  }

  async #order(kept: KeptRollout, places: Places, orders: readonly RolloutOrder[]): Promise<void> {
    const { nodes } = kept.rollout;
    for await (const some of inTurns(orders)) {
      const commands = some.flatMap(({ kind, node }) => {
        const one = nodes[places.get(node) ?? -1];
        return one === undefined ? [] : this.#command(kept, kind, one);
      });
      await this.#parts.desk.issue(commands);
    }
  }

  #command(kept: KeptRollout, kind: RolloutOrder['kind'], one: RolloutNode): Command {
    const signed = kind === 'apply' ? kept.applies : kept.undos;
    const meant = meantFor(kept, kind, one);
    const base64 = signed[one.node];
    if (base64 !== undefined) return readSigned(base64, meant, 0);
    const at = this.#parts.clock();
    const { answerMs } = kept.rollout.settings;
    const expiresAt = kind === 'apply' ? at + answerMs : Math.min(at + answerMs, one.undoUntil ?? Infinity);
    return { ...meant, issuer: kept.issuer, issuedAt: at, expiresAt };
  }
}

function openOf(kept: KeptRollout): OpenRollout {
  return { kept, places: placesOf(kept.rollout), nextRun: 0 };
}

/** All of whom a result is awaited, and some whose runs may have changed: other ones each time. */
function dueOf(open: OpenRollout): RolloutNode[] {
  const { nodes } = open.kept.rollout;
  const due = nodes.filter(isAwaited);
  let room = RUNS_A_TURN;
  let place = open.nextRun;
  for (let count = 0; count < nodes.length && room > 0; count += 1) {
    const one = nodes[place % nodes.length];
    place += 1;
    if (one === undefined || isAwaited(one) || !mayChange(one)) continue;
    due.push(one);
    room -= 1;
  }
  open.nextRun = place % Math.max(1, nodes.length);
  return due;
}

/** What may have been written down and not been ordered any more. */
function ordersOf({ node, state, undo }: RolloutNode): RolloutOrder[] {
  return [
    ...(state === 'running' ? [{ kind: 'apply', node } as const] : []),
    ...(undo === 'running' ? [{ kind: 'undo', node } as const] : []),
  ];
}

function meantFor({ id, rollout }: KeptRollout, kind: RolloutOrder['kind'], one: RolloutNode): MeantCommand {
  const { node, planId, stateHash, receiptId = '' } = one;
  const action: CommandAction =
    kind === 'apply'
      ? { kind: 'apply-plan', planId, stateHash: Buffer.from(stateHash, 'hex') }
      : { kind: 'undo', receiptId, imageIds: [], reason: `the rollout ${id} is undone` };
  return { id: rolloutCommandId(id, { kind, node }, rollout.undoRound), node, action };
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
