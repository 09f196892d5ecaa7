import type { Logger } from '../../platform/logging.ts';
import { SerialQueue } from '../../platform/serial-queue.ts';
import type { Store } from '../store/store.ts';
import { AuditLog } from './audit-log.ts';
import { CommandDesk } from './command-desk.ts';
import { FleetPlans } from './fleet-plans.ts';
import { Receipts } from './receipts.ts';
import { Rollouts } from './rollouts.ts';
import { VerdictLists } from './verdict-lists.ts';

/** How often time passes for what is under way. */
const TURN_MS = 1000;
/** Requests and turns that wait. */
const MOST_WAITING = 1000;

export interface FleetCleanupParts {
  readonly store: Store;
  /** Hands an encoded command to the node's session. False: it cannot be now. */
  readonly send: (node: string, command: Uint8Array) => boolean;
  /** Names of the nodes that have a session. */
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
  #isTurnWaiting = false;
  #closed = false;

  constructor(parts: FleetCleanupParts) {
    const { store, connected, clock } = parts;
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
    await this.exclusively(async () => {
      await this.plans.resume();
      await this.rollouts.resume();
    });
    this.changed();
    this.#timer = setInterval(() => {
      if (this.plans.isBusy || this.rollouts.isBusy) this.changed();
    }, TURN_MS).unref();
  }

  /** Something of a node was stored, or a person asked for something: takes a turn soon. Does not throw. */
  changed(): void {
    if (this.#closed || this.#isTurnWaiting || this.#queue.full) return;
    this.#isTurnWaiting = true;
    void this.#queue.run(() => this.#turn());
  }

  /** Runs what reads or changes plans and rollouts when nothing else does. */
  async exclusively<T>(work: () => Promise<T>): Promise<T> {
    return await this.#queue.run(work);
  }

  /** Ends after what is under way. What waits goes on with the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#queue.run(() => Promise.resolve());
  }

  async #turn(): Promise<void> {
    this.#isTurnWaiting = false;
    if (this.#closed) return;
    try {
      const moves = [await this.plans.advance(), await this.rollouts.advance()];
      await this.#desk.auditResults();
      // What has moved may let more begin, or end.
      if (moves.includes(true)) this.changed();
    } catch (error) {
      this.#parts.logger.error({ err: error }, 'fleet cleanup does not go on; it is tried again');
    }
  }
}
