import { setImmediate as nextTurn } from 'node:timers/promises';
import { readPolicy } from '../../core/cleanup/policy-json.ts';
import type { CleanupPolicy } from '../../core/cleanup/policy.ts';
import { chooseNodes } from '../../core/fleet-cleanup/choose-nodes.ts';
import type { Command } from '../../proto/codec/command.ts';
import type { Store } from '../store/store.ts';
import type { Page, PageRequest } from '../store/page.ts';
import type { CommandDesk } from './command-desk.ts';
import { FleetCleanupError } from './fleet-cleanup-error.ts';
import { inTurns } from './in-turns.ts';
import { readNodePlan, type NodePlan } from './node-plan.ts';
import type { VerdictLists } from './verdict-lists.ts';
import { FLEET_CLEANUP } from './work.ts';

/** What to ask of which nodes. */
export interface FleetPlanRequest {
  /** The same again gives the plan that there is. */
  readonly id: string;
  readonly issuer: string;
  /** Names and patterns; none means every node that is connected. */
  readonly nodes: readonly string[];
  /** JSON of a policy. */
  readonly policy: unknown;
  /** Name of a list whose entries are added to the policy's. */
  readonly verdicts?: string;
  /** Most nodes asked at a time. */
  readonly atOnce: number;
  /** How long nodes have to answer, ms. */
  readonly answerMs: number;
}

interface FleetPlanHead {
  readonly issuer: string;
  readonly policy: CleanupPolicy;
  readonly verdicts?: string;
  readonly atOnce: number;
  /** ms since the epoch. */
  readonly expiresAt: number;
}

/** How far a node's plan is. */
export interface PlannedNode {
  readonly node: string;
  /**
   * - `waiting`: not asked yet
   * - `asked`; `disconnected`: asked, and gets to know it when it connects in time
   * - `planned`, `failed`, `refused`, `expired`: over
   */
  readonly state: 'waiting' | 'asked' | 'disconnected' | 'planned' | 'failed' | 'refused' | 'expired';
  /** What there is to say of that. */
  readonly why?: string;
  readonly planId?: string;
  readonly stateHash?: string;
  /** What would go, what stays, and what going frees. */
  readonly images?: number;
  readonly kept?: number;
  readonly bytes?: number;
  /** Why nothing would go. */
  readonly refusals?: readonly string[];
  /** So many images that stay are left out of the plan that was sent. */
  readonly omittedKept?: number;
}

/** Plans of many nodes by one policy. */
export interface FleetPlan extends FleetPlanHead {
  readonly id: string;
  readonly createdAt: number;
  readonly state: 'gathering' | 'whole';
  readonly nodes: readonly PlannedNode[];
}

export interface FleetPlansParts {
  readonly store: Pick<
    Store,
    'nodes' | 'putDocuments' | 'document' | 'documents' | 'documentsOf' | 'commandDetail'
  >;
  readonly desk: CommandDesk;
  readonly verdicts: VerdictLists;
  readonly connected: () => ReadonlySet<string>;
  readonly clock: () => number;
}

/** A command must fit into one message, with room for what is around the policy. */
const MAX_POLICY_BYTES = 768 * 1024;
const PAGE = 500;
const LATE = 'no answer came in time';

/** Asks many nodes what cleanup would do there, a few at a time, and keeps what they say. */
export class FleetPlans {
  readonly #parts: FleetPlansParts;
  /** Those that wait for answers, by ID. */
  readonly #open = new Map<string, FleetPlan>();

  constructor(parts: FleetPlansParts) {
    this.#parts = parts;
  }

  /** Takes up what an earlier process left open. */
  async resume(): Promise<void> {
    this.#open.clear();
    let cursor: string | undefined;
    do {
      const page = await this.#parts.store.documents('fleet-plan', {
        limit: PAGE,
        ...(cursor !== undefined && { cursor }),
      });
      for (const { id, value } of page.items) {
        if ((value as FleetPlanHead).expiresAt < this.#parts.clock()) continue;
        const plan = await this.get(id);
        if (plan.state === 'gathering') this.#open.set(id, plan);
      }
      cursor = page.next;
    } while (cursor !== undefined);
  }

  /** Another collector goes on with what is open. */
  forget(): void {
    this.#open.clear();
  }

  get isBusy(): boolean {
    return this.#open.size > 0;
  }

  /** Throws a FleetCleanupError or a PolicyError. */
  async create(request: FleetPlanRequest): Promise<FleetPlan> {
    const { store, clock } = this.#parts;
    if ((await store.document('fleet-plan', request.id)) !== undefined) return await this.get(request.id);
    const { issuer, atOnce, answerMs, verdicts } = request;
    const at = clock();
    const policy = await this.#policy(request);
    const nodes = await this.#nodes(request.nodes);
    const head: FleetPlanHead = {
      issuer,
      policy,
      atOnce,
      expiresAt: at + answerMs,
      ...(verdicts !== undefined && { verdicts }),
    };
    const planned = nodes.map((node): PlannedNode => ({ node, state: 'waiting' }));
    await store.putDocuments(
      [
        { kind: 'fleet-plan', id: request.id, value: head },
        ...planned.map((one) => nodeDocument(request.id, one)),
      ],
      at,
      FLEET_CLEANUP,
    );
    const plan = { id: request.id, createdAt: at, ...head, state: 'gathering', nodes: planned } as const;
    this.#open.set(plan.id, plan);
    return plan;
  }

  async get(id: string): Promise<FleetPlan> {
    const open = this.#open.get(id);
    if (open !== undefined) return open;
    const { store, clock } = this.#parts;
    const head = await store.document('fleet-plan', id);
    if (head === undefined) throw new FleetCleanupError('not-found', `there is no plan ${id}`);
    // Nobody waits for answers any more, also when no collector was there to write that down.
    const isOver = (head.value as FleetPlanHead).expiresAt < clock();
    const nodes = (await store.documentsOf('plan-node', id))
      .map(({ value }) => value as PlannedNode)
      .map((one): PlannedNode =>
        isOver && isOpen(one) ? { node: one.node, state: 'expired', why: LATE } : one,
      );
    const state = nodes.some(isOpen) ? 'gathering' : 'whole';
    return { id, createdAt: head.createdAt, ...(head.value as FleetPlanHead), state, nodes };
  }

  /** What `view` keeps of each, latest made first: a plan of the whole fleet is large, so one is held at a time. */
  async list<T>(page: PageRequest, view: (plan: FleetPlan) => T): Promise<Page<T>> {
    const { items, next } = await this.#parts.store.documents('fleet-plan', page);
    const views: T[] = [];
    for (const { id } of items) {
      await nextTurn();
      views.push(view(await this.get(id)));
    }
    return { items: views, ...(next !== undefined && { next }) };
  }

  /** The plan that a node sent, image by image. */
  async nodePlan(id: string, node: string): Promise<NodePlan> {
    const plan = await this.get(id);
    const planned = plan.nodes.find((one) => one.node === node);
    if (planned === undefined)
      throw new FleetCleanupError('not-found', `the plan ${id} does not ask node ${node}`);
    if (planned.state !== 'planned')
      throw new FleetCleanupError(
        'not-found',
        `node ${node} has sent no plan: ${planned.why ?? planned.state}`,
      );
    const detail = await this.#parts.store.commandDetail(commandId(id, node));
    const read = detail && readNodePlan(detail, node);
    if (read === undefined || typeof read === 'string')
      throw new FleetCleanupError('not-found', `what node ${node} planned is not kept any more`);
    return read;
  }

  /** Asks whom it can, and takes in what came. True: something has changed. */
  async advance(): Promise<boolean> {
    let hasMoved = false;
    for (const plan of this.#open.values()) {
      const changed = new Map<string, PlannedNode>();
      await this.#ask(plan, changed);
      await this.#gather(plan, changed);
      if (changed.size === 0) continue;
      hasMoved = true;
      await this.#parts.store.putDocuments(
        [...changed.values()].map((one) => nodeDocument(plan.id, one)),
        this.#parts.clock(),
        FLEET_CLEANUP,
      );
      const nodes = plan.nodes.map((one) => changed.get(one.node) ?? one);
      if (nodes.some(isOpen)) this.#open.set(plan.id, { ...plan, nodes });
      else this.#open.delete(plan.id);
    }
    return hasMoved;
  }

  async #ask(plan: FleetPlan, changed: Map<string, PlannedNode>): Promise<void> {
    const connected = this.#parts.connected();
    const policy = Buffer.from(JSON.stringify(plan.policy));
    let room = plan.atOnce - plan.nodes.filter(({ state }) => state === 'asked').length;
    const asked: Command[] = [];
    for (const { node, state } of plan.nodes) {
      if (state !== 'waiting') continue;
      if (connected.has(node) && room <= 0) continue;
      if (connected.has(node)) room -= 1;
      asked.push({
        id: commandId(plan.id, node),
        issuer: plan.issuer,
        issuedAt: this.#parts.clock(),
        expiresAt: plan.expiresAt,
        node,
        action: { kind: 'plan-cleanup', policy },
      });
      changed.set(node, { node, state: connected.has(node) ? 'asked' : 'disconnected' });
    }
    for await (const some of inTurns(asked)) await this.#parts.desk.issue(some);
  }

  async #gather(plan: FleetPlan, changed: Map<string, PlannedNode>): Promise<void> {
    const connected = this.#parts.connected();
    const open = plan.nodes.filter(({ state }) => state === 'asked' || state === 'disconnected');
    for await (const some of inTurns(open)) {
      const results = await this.#parts.desk.look(some.map(({ node }) => commandId(plan.id, node)));
      for (const { node, state } of some) {
        const result = results.get(commandId(plan.id, node));
        if (result?.state === 'done') changed.set(node, await this.#taken(plan.id, node));
        else if (result !== undefined && result.state !== 'waiting' && result.state !== 'sent')
          changed.set(node, { node, state: result.state, why: result.message ?? LATE });
        else if ((state === 'asked') !== connected.has(node))
          changed.set(node, { node, state: connected.has(node) ? 'asked' : 'disconnected' });
      }
    }
  }

  async #taken(id: string, node: string): Promise<PlannedNode> {
    // A plan is read in a millisecond or two; other work comes in between.
    await nextTurn();
    const detail = await this.#parts.store.commandDetail(commandId(id, node));
    const read = detail === undefined ? 'it sent no plan' : readNodePlan(detail, node);
    if (typeof read === 'string') return { node, state: 'failed', why: read };
    const { plan, omittedKept } = read;
    const going = plan.items.filter(({ action }) => action === 'remove').length;
    return {
      node,
      state: 'planned',
      planId: plan.id,
      stateHash: plan.stateHash,
      images: going,
      kept: plan.items.length - going + omittedKept,
      bytes: plan.frees.bytes,
      ...(plan.refusals.length > 0 && { refusals: plan.refusals }),
      ...(omittedKept > 0 && { omittedKept }),
    };
  }

  async #policy({ policy: json, verdicts: name }: FleetPlanRequest): Promise<CleanupPolicy> {
    const policy = readPolicy(json);
    const list = name === undefined ? [] : (await this.#parts.verdicts.get(name)).entries;
    const whole = { ...policy, verdicts: [...policy.verdicts, ...list] };
    const bytes = Buffer.byteLength(JSON.stringify(whole));
    if (bytes <= MAX_POLICY_BYTES) return whole;
    throw new FleetCleanupError(
      'invalid',
      `the policy has ${bytes} bytes with its verdicts, and ${MAX_POLICY_BYTES} can be sent; use shorter lists`,
    );
  }

  async #nodes(asked: readonly string[]): Promise<readonly string[]> {
    const known: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.#parts.store.nodes({ limit: PAGE, ...(cursor !== undefined && { cursor }) });
      known.push(...page.items.map(({ node }) => node));
      cursor = page.next;
    } while (cursor !== undefined);
    const { nodes, unknown } = chooseNodes(asked, known, this.#parts.connected());
    if (unknown.length > 0)
      throw new FleetCleanupError('not-found', `no node is known by ${unknown.slice(0, 5).join(', ')}`);
    if (nodes.length === 0) throw new FleetCleanupError('conflict', 'no node is connected');
    return nodes;
  }
}

function commandId(planId: string, node: string): string {
  return `${planId}.plan.${node}`;
}

function isOpen({ state }: PlannedNode): boolean {
  return state === 'waiting' || state === 'asked' || state === 'disconnected';
}

function nodeDocument(planId: string, one: PlannedNode) {
  return { kind: 'plan-node', id: `${planId}/${one.node}`, parent: planId, value: one } as const;
}
