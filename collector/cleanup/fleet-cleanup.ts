import { withDeadline } from '../../platform/deadline.ts';
import type { Logger } from '../../platform/logging.ts';
import { SerialQueue } from '../../platform/serial-queue.ts';
import { StoreError } from '../store/store-error.ts';
import type { Store } from '../store/store.ts';
import { AuditLog } from './audit-log.ts';
import { CommandDesk } from './command-desk.ts';
import { FleetPlans } from './fleet-plans.ts';
import { Receipts } from './receipts.ts';
import type { KeptRollout } from './rollout-book.ts';
import { Rollouts } from './rollouts.ts';
import { VerdictLists } from './verdict-lists.ts';
import { FLEET_CLEANUP } from './work.ts';

/** How often a collector that leaves it to another looks whether that is still there. */
const PATROL_TURNS = 10;
/** How often time passes for what is under way. */
const TURN_MS = 1000;
/** Least time from a change to the turn that takes it in: what else changes until then is taken in with it. */
const GATHER_MS = 50;
/** After a turn it rests for as long as that took, at most so long, ms: in a large fleet something always changes. */
const MOST_REST_MS = 2000;
/** Requests and turns that wait. */
const MOST_WAITING = 1000;
/** How long closing waits for what is under way. */
const CLOSE_MS = 10_000;

export interface FleetCleanupParts {
  readonly store: Store;
  /** Has the node's session here, if there is one, hand over what waits for it in the store. */
  readonly deliver: (node: string) => void;
  /** Names of the nodes that have a session at this collector. */
  readonly connected: () => ReadonlySet<string>;
  /** ms since the epoch. */
  readonly clock: () => number;
  readonly logger: Logger;
}

/** Cleanup of many nodes: what was ordered goes on by itself, and over restarts. One thing at a time. */
export class FleetCleanup {
  readonly plans: FleetPlans;
  readonly rollouts: Rollouts;
  readonly receipts: Receipts;
  readonly verdicts: VerdictLists;
  readonly audit: AuditLog;
  readonly #desk: CommandDesk;
  readonly #parts: FleetCleanupParts;
  readonly #queue = new SerialQueue(MOST_WAITING);
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Timeout | undefined;
  /** Another collector goes on with what is under way. */
  #isResting = false;
  /** What is remembered is not what the store has. */
  #isStale = true;
  #elsewhere: ReadonlySet<string> = new Set();
  #turns = 0;
  /** One is queued or under way. */
  #isTurning = false;
  /** Another is to follow it. */
  #isAskedAgain = false;
  /** How long the last one took. */
  #turnMs = 0;
  #closed = false;

  constructor(parts: FleetCleanupParts) {
    const { store, clock } = parts;
    const connected = (): ReadonlySet<string> => new Set([...parts.connected(), ...this.#elsewhere]);
    this.#parts = parts;
    this.audit = new AuditLog(store);
    this.#desk = new CommandDesk({ ...parts, audit: this.audit });
    this.verdicts = new VerdictLists({ store, audit: this.audit, clock });
    this.plans = new FleetPlans({ store, desk: this.#desk, verdicts: this.verdicts, connected, clock });
    this.receipts = new Receipts({ store, desk: this.#desk, clock });
    const { plans, audit } = this;
    this.rollouts = new Rollouts({ store, plans, desk: this.#desk, audit, connected, clock });
  }

  /** Takes up what an earlier process left, and goes on until closed. Throws a StoreError. */
  async start(): Promise<void> {
    await this.#queued(() => this.#alone('keep', () => Promise.resolve()));
    this.changed();
    this.#timer = setInterval(() => {
      this.#turns += 1;
      const isBusy = !this.#isResting && (this.plans.isBusy || this.rollouts.isBusy);
      if (isBusy || this.#turns % PATROL_TURNS === 0) this.#turnSoon();
    }, TURN_MS).unref();
  }

  /** Something of a node was stored, or a person asked for something: takes a turn soon. Does not throw. */
  changed(): void {
    if (!this.#isResting) this.#turnSoon();
  }

  /** Runs what only reads plans and rollouts, when nothing changes them here. */
  async reading<T>(work: () => Promise<T>): Promise<T> {
    return await this.#queued(work);
  }

  /** A rollout as it is now; as it was last written down while another collector carries it out. */
  async look(id: string): Promise<KeptRollout> {
    return await this.#queued(
      async () => (await this.#alone('keep', () => this.rollouts.get(id))) ?? (await this.rollouts.read(id)),
    );
  }

  /** Runs what changes plans and rollouts when nothing else does, here or at another collector. */
  async exclusively<T>(work: () => Promise<T>): Promise<T> {
    return await this.#queued(async () => (await this.#alone('take', work)) as T);
  }

  /** Ends after what is under way, or without it when that takes too long; requests that wait are refused. Does not reject. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    clearTimeout(this.#soon);
    try {
      await withDeadline(this.#queue.settled(), CLOSE_MS, 'the end of fleet cleanup');
    } catch (error) {
      this.#parts.logger.error(
        { err: error },
        'fleet cleanup is left behind; the next start goes on with it',
      );
    }
  }

  /** The work when its turn comes; a StoreError `closed` when that is too late. */
  async #queued<T>(work: () => Promise<T>): Promise<T> {
    return await this.#queue.run(async () => {
      if (this.#closed) throw new StoreError('closed', 'the collector is closing');
      return await work();
    });
  }

  #turnSoon(): void {
    if (this.#closed) return;
    if (this.#isTurning) {
      this.#isAskedAgain = true;
      return;
    }
    const restMs = Math.min(MOST_REST_MS, this.#turnMs);
    this.#soon ??= setTimeout(() => this.#queueTurn(), Math.max(GATHER_MS, restMs)).unref();
  }

  #queueTurn(): void {
    this.#soon = undefined;
    if (this.#closed || this.#queue.full) return;
    this.#isTurning = true;
    this.#isAskedAgain = false;
    void this.#queue.run(() => this.#turn());
  }

  /** Takes up what is under way, as it stands in the store. */
  async #resume(): Promise<void> {
    await this.plans.resume();
    await this.rollouts.resume();
  }

  /** See `Store.alone`: with what other collectors did since. */
  async #alone<T>(turn: 'take' | 'keep', work: () => Promise<T>): Promise<T | undefined> {
    const { store } = this.#parts;
    let isOurs = false;
    const outcome = await store.alone(FLEET_CLEANUP, turn, async (othersDid) => {
      isOurs = true;
      this.#isResting = false;
      // Until it has been taken up: the store says only once that others did it.
      this.#isStale ||= othersDid;
      this.#elsewhere = await store.connectedElsewhere();
      if (this.#isStale) await this.#resume();
      this.#isStale = false;
      try {
        return await work();
      } catch (error) {
        // What the store does not answer for, it may have stored all the same.
        this.#isStale = error instanceof StoreError;
        throw error;
      }
    });
    if (!isOurs) this.#rest();
    return outcome;
  }

  #rest(): void {
    this.#isResting = true;
    this.#isStale = true;
    this.plans.forget();
  }

  async #turn(): Promise<void> {
    if (this.#closed) return;
    const begun = performance.now();
    try {
      const moves = await this.#alone('keep', async () => {
        const moved = [await this.plans.advance(), await this.rollouts.advance()];
        await this.#desk.auditResults();
        return moved;
      });
      // What has moved may let more begin, or end.
      if (moves?.includes(true) === true) this.changed();
    } catch (error) {
      this.#parts.logger.error({ err: error }, 'fleet cleanup does not go on; it is tried again');
    } finally {
      this.#turnMs = performance.now() - begun;
      this.#isTurning = false;
      if (this.#isAskedAgain) this.#turnSoon();
    }
  }
}
