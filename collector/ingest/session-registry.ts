import { withDeadline } from '../../platform/deadline.ts';
import { SessionRefusal } from './session-refusal.ts';

/** How long a replaced session may take to let go, ms. */
const LET_GO_MS = 10_000;
const BUSY_RETRY_MS = 15_000;

/** What the registry needs of a session. */
export interface RegisteredSession {
  readonly node: string;
  readonly instance: string;
  /** Until then it counts as alive without another word, ms of the registry's clock. */
  readonly aliveUntil: number;
  /** Resolves when all of it is over, its end stored too. */
  readonly finished: Promise<void>;
  evict(why: string): void;
}

/**
 * The sessions of this collector, one a node. The same agent coming back replaces its older session. Another agent
 * of the same name is refused as long as the first one is alive.
 */
export class SessionRegistry<S extends RegisteredSession> {
  readonly #sessions = new Map<string, S>();
  readonly #capacity: number;
  readonly #now: () => number;

  constructor(options: {
    readonly capacity: number;
    /** ms that never go back. */
    readonly now: () => number;
  }) {
    this.#capacity = options.capacity;
    this.#now = options.now;
  }

  /** Takes a session in, after the one it replaces has ended. Throws a SessionRefusal. */
  async enter(session: S): Promise<void> {
    for (let held = this.#sessions.get(session.node); held; held = this.#sessions.get(session.node)) {
      await this.#replace(held, session);
    }
    if (this.#sessions.size >= this.#capacity) {
      throw new SessionRefusal(
        'overloaded',
        'this collector has all the sessions it can hold',
        BUSY_RETRY_MS,
      );
    }
    this.#sessions.set(session.node, session);
  }

  leave(session: S): void {
    if (this.#sessions.get(session.node) === session) this.#sessions.delete(session.node);
  }

  get(node: string): S | undefined {
    return this.#sessions.get(node);
  }

  get size(): number {
    return this.#sessions.size;
  }

  all(): readonly S[] {
    return [...this.#sessions.values()];
  }

  async #replace(held: S, by: S): Promise<void> {
    const staleIn = held.aliveUntil - this.#now();
    if (held.instance !== by.instance && staleIn > 0) {
      throw new SessionRefusal(
        'duplicate',
        `another agent reports as node ${held.node}; give each node a name and a certificate of its own`,
        staleIn,
      );
    }
    held.evict('replaced by a newer session');
    try {
      await withDeadline(held.finished, LET_GO_MS, 'the older session of this node');
    } catch {
      throw new SessionRefusal('overloaded', 'the older session of this node is still ending', LET_GO_MS);
    }
  }
}
