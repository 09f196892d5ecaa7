import { setTimeout as sleep } from 'node:timers/promises';
import { SessionRefusal } from './session-refusal.ts';

/** So many calls may wait for the database before newcomers wait, too. */
const MOST_BACKLOG = 64;
/** Longest wait, ms; agents wait for three times as long, the handshake included. */
const WAIT_MS = 10_000;
const LOOK_MS = 50;
/** Between two that are let in, ms: what the first one brings is seen before the next. */
const BETWEEN_MS = 10;
/** Who waited in vain comes back after so long for each that still waits, ms, within these bounds. */
const RETRY_EACH_MS = 50;
const LEAST_RETRY_MS = 5_000;
const MOST_RETRY_MS = 120_000;

interface Newcomer {
  readonly since: number;
  readonly enter: () => void;
  readonly refuse: (refusal: SessionRefusal) => void;
}

/**
 * Lets sessions begin in the order they came, and none while much that others brought waits to be stored: a fleet that comes
 * back all at once would have every call wait until it is too late, and begin anew.
 */
export class Admission {
  readonly #backlog: () => number;
  readonly #random: () => number;
  readonly #now: () => number;
  readonly #line = new Set<Newcomer>();
  #isMoving = false;

  constructor(options: {
    /** Calls that wait for the database. */
    readonly backlog: () => number;
    /** Uniform in [0, 1). */
    readonly random: () => number;
    /** ms that never go back. */
    readonly now: () => number;
  }) {
    this.#backlog = options.backlog;
    this.#random = options.random;
    this.#now = options.now;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#line.size;
  }

  /** Waits for its turn. Throws a SessionRefusal when it does not come in time. */
  async enter(): Promise<void> {
    if (this.#line.size === 0 && this.#backlog() <= MOST_BACKLOG) return;
    const turn = Promise.withResolvers<void>();
    this.#line.add({ since: this.#now(), enter: turn.resolve, refuse: turn.reject });
    if (!this.#isMoving) void this.#move();
    await turn.promise;
  }

  /** Turns away all that wait, each with a refusal of its own. */
  close(refusal: () => SessionRefusal): void {
    for (const { refuse } of this.#line) refuse(refusal());
    this.#line.clear();
  }

  async #move(): Promise<void> {
    this.#isMoving = true;
    while (this.#line.size > 0) {
      this.#turnAwayLate();
      const [first] = this.#line;
      const isRoom = this.#backlog() <= MOST_BACKLOG;
      if (first !== undefined && isRoom) {
        this.#line.delete(first);
        first.enter();
      }
      await sleep(isRoom ? BETWEEN_MS : LOOK_MS);
    }
    this.#isMoving = false;
  }

  #turnAwayLate(): void {
    for (const one of this.#line) {
      if (this.#now() - one.since < WAIT_MS) return;
      this.#line.delete(one);
      one.refuse(
        new SessionRefusal('overloaded', 'the collector has much to store; again later', this.#retryMs()),
      );
    }
  }

  #retryMs(): number {
    const aboutMs = Math.min(MOST_RETRY_MS, Math.max(LEAST_RETRY_MS, this.#line.size * RETRY_EACH_MS));
    return Math.round(aboutMs * (0.5 + this.#random()));
  }
}
