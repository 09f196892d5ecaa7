import type { StateItem } from '../../core/inventory.ts';
import { equalBytes } from '../../core/state-tree.ts';
import type { Logger } from '../../platform/logging.ts';
import type { Limits } from '../../proto/codec/limits.ts';
import { Bell } from './bell.ts';
import { Mailbox } from './mailbox.ts';
import { bucketMessages, changeMessages } from './state-messages.ts';
import {
  differenceOf,
  EMPTY_STATE,
  fitSnapshot,
  takeSnapshot,
  type LeftOut,
  type StateSnapshot,
} from './state-snapshot.ts';
import type { Wire } from './wire.ts';

/** Comparisons in a row that may end in another difference before we wait for a beat. */
const MAX_ROUNDS = 4;

type Reply =
  | { readonly kind: 'stored'; readonly root: Uint8Array }
  | { readonly kind: 'compare' }
  | { readonly kind: 'buckets'; readonly buckets: readonly number[] };

export interface StateSyncOptions {
  readonly limits: Limits;
  readonly logger: Logger;
  /** Called once for every item that does not fit, until it fits again. */
  onLeftOut(item: LeftOut): void;
}

/**
 * Keeps the collector's copy of the state equal to ours. Only the latest state counts: one exchange is under way
 * at a time, and the next starts from whatever the state is then. Lives as long as the agent.
 */
export class StateSync {
  readonly #options: StateSyncOptions;
  readonly #replies = new Mailbox<Reply>();
  readonly #bell = new Bell();
  #limits: Limits;
  #whole: StateSnapshot = EMPTY_STATE;
  /** What the collector should hold; unknown until the first state is set. */
  #desired: StateSnapshot | undefined;
  /** What the collector holds; unknown while an exchange is under way. */
  #confirmed: StateSnapshot | undefined;
  /** What we last tried to make it hold. */
  #attempted: StateSnapshot | undefined;
  #leftOut: readonly LeftOut[] = [];
  #condition = 0;

  constructor(options: StateSyncOptions) {
    this.#options = options;
    this.#limits = options.limits;
  }

  /** The whole state as it is now. */
  set(items: readonly StateItem[]): void {
    this.#whole = takeSnapshot(items, this.#whole);
    this.#condition = items.some(isDegraded) ? 1 : 0;
    this.#fit();
    this.#bell.ring();
  }

  /** Root for the hello; empty while no state is known. */
  root(): Uint8Array {
    return this.#desired?.root ?? new Uint8Array();
  }

  /** Root for a heartbeat: what the collector should hold when it reads it. Empty where nothing can be compared. */
  beatRoot(): Uint8Array {
    return this.#confirmed?.root ?? new Uint8Array();
  }

  /** For a heartbeat: 0 ok, 1 degraded. */
  condition(): number {
    return this.#condition;
  }

  /** Items of the present state that do not fit. */
  leftOut(): readonly LeftOut[] {
    return this.#leftOut;
  }

  /** True when the collector holds what it should. */
  settled(): boolean {
    return this.#desired === undefined || this.#desired === this.#confirmed;
  }

  /**
   * A session begins; the collector holds this root (empty: nothing).
   * True when that is what the last session left there.
   */
  welcome(heldRoot: Uint8Array, limits: Limits): boolean {
    this.#limits = limits;
    this.#replies.clear();
    if (this.#desired) this.#fit();
    const held = heldRoot.length === 0 ? EMPTY_STATE.root : heldRoot;
    const known = [this.#confirmed, this.#attempted].find((one) => one && equalBytes(one.root, held));
    const candidates = [this.#desired, known, EMPTY_STATE];
    this.#confirmed = candidates.find((one) => one && equalBytes(one.root, held));
    return known !== undefined;
  }

  stored(root: Uint8Array): void {
    this.#receive({ kind: 'stored', root });
  }

  compare(): void {
    this.#receive({ kind: 'compare' });
  }

  requested(buckets: readonly number[]): void {
    this.#receive({ kind: 'buckets', buckets });
  }

  /** Runs until the session ends, then rejects. */
  async run(wire: Wire): Promise<never> {
    for (;;) {
      const target = this.#desired;
      const asked = this.#replies.poll()?.kind === 'compare';
      if (target === undefined || (!asked && this.#isConfirmed(target))) {
        await this.#bell.heard(wire.signal);
        continue;
      }
      await this.#exchange(wire, target, asked);
      const restMs = wire.restMs();
      if (restMs > 0) await new Bell().heard(wire.signal, restMs);
    }
  }

  async #exchange(wire: Wire, target: StateSnapshot, asked: boolean): Promise<void> {
    const base = asked ? undefined : this.#confirmed;
    this.#attempted = target;
    this.#confirmed = undefined;
    let reply = base ? await this.#sendChange(wire, base, target) : await this.#sendHashes(wire, target);
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      if (reply.kind === 'stored' && equalBytes(reply.root, target.root)) {
        this.#confirmed = target;
        return;
      }
      reply =
        reply.kind === 'buckets'
          ? await this.#sendBuckets(wire, target, reply.buckets)
          : await this.#sendHashes(wire, target);
    }
    this.#options.logger.warn({ items: target.entries.size }, 'state does not settle with the collector');
    await new Bell().heard(wire.signal, wire.responseMs);
  }

  async #sendChange(wire: Wire, base: StateSnapshot, target: StateSnapshot): Promise<Reply> {
    const difference = differenceOf(base, target);
    for (const message of changeMessages(difference, target.root, wire.limits.maxMessageBytes)) {
      await wire.send(message);
    }
    return this.#reply(wire);
  }

  async #sendHashes(wire: Wire, target: StateSnapshot): Promise<Reply> {
    await wire.send({ bucketHashes: { hashes: target.buckets } });
    return this.#reply(wire);
  }

  async #sendBuckets(wire: Wire, target: StateSnapshot, buckets: readonly number[]): Promise<Reply> {
    for (const message of bucketMessages(target, buckets, wire.limits.maxMessageBytes)) {
      await wire.send(message);
    }
    return this.#reply(wire);
  }

  #reply(wire: Wire): Promise<Reply> {
    return this.#replies.take('answer to a state', wire.responseMs, wire.signal);
  }

  #receive(reply: Reply): void {
    this.#replies.put(reply);
    this.#bell.ring();
  }

  #isConfirmed(target: StateSnapshot): boolean {
    if (this.#confirmed === undefined || !equalBytes(this.#confirmed.root, target.root)) return false;
    this.#confirmed = target;
    return true;
  }

  #fit(): void {
    const { snapshot, leftOut } = fitSnapshot(this.#whole, this.#limits);
    const before = new Set(this.#leftOut.map(({ key }) => key));
    for (const item of leftOut) if (!before.has(item.key)) this.#options.onLeftOut(item);
    this.#leftOut = leftOut;
    this.#desired = snapshot;
  }
}

function isDegraded(item: StateItem): boolean {
  return item.kind === 'host' && item.value.engines.some((engine) => engine.status === 'degraded');
}
