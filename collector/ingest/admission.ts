import { setTimeout as sleep } from 'node:timers/promises';
import { SessionRefusal } from './session-refusal.ts';

/** So many calls may wait for the database before newcomers wait, too. */
const MOST_BACKLOG = 64;
const LOOK_MS = 50;
/** Between two that are let in, ms: what the first one brings is seen before the next. */
const BETWEEN_MS = 10;
/** How often the line is looked through. */
const WALK_MS = 1_000;
/** How long agents wait that cannot be told, ms: a third of their patience, the handshake included. */
const SILENT_MS = 10_000;
/** They come back after so long for each that still waits, ms, within these bounds. */
const RETRY_EACH_MS = 50;
const LEAST_RETRY_MS = 5_000;
const MOST_RETRY_MS = 120_000;

/** An agent that said hello. */
export interface Newcomer {
  /** Tells it how many are before it. Absent: it is too old to understand. */
  readonly tell?: (ahead: number) => void;
  /** Why it is gone; undefined while it is there. */
  gone(): Error | undefined;
}

interface Place {
  readonly newcomer: Newcomer;
  readonly since: number;
  toldAt: number;
  readonly enter: () => void;
  readonly leave: (why: Error) => void;
}

/**
 * Lets sessions begin in the order they came, and none while much that others brought waits to be stored: a fleet that comes
 * back all at once would have every call wait until it is too late, and begin anew. Who waits is told so and keeps its place,
 * so that nobody shakes hands twice.
 */
export class Admission {
  readonly #backlog: () => number;
  readonly #random: () => number;
  readonly #now: () => number;
  readonly #tellMs: number;
  readonly #line = new Set<Place>();
  #isMoving = false;
  #walkedAt = -Infinity;

  constructor(options: {
    /** Calls that wait for the database. */
    readonly backlog: () => number;
    /** Uniform in [0, 1). */
    readonly random: () => number;
    /** ms that never go back. */
    readonly now: () => number;
    /** How often each that waits is told so. */
    readonly tellMs: number;
  }) {
    this.#backlog = options.backlog;
    this.#random = options.random;
    this.#now = options.now;
    this.#tellMs = options.tellMs;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#line.size;
  }

  /** Waits for its turn. Throws why it is gone, or a SessionRefusal when it cannot wait for so long. */
  async enter(newcomer: Newcomer): Promise<void> {
    if (this.#line.size === 0 && this.#backlog() <= MOST_BACKLOG) return;
    const turn = Promise.withResolvers<void>();
    const since = this.#now();
    newcomer.tell?.(this.#line.size);
    this.#line.add({ newcomer, since, toldAt: since, enter: turn.resolve, leave: turn.reject });
    if (!this.#isMoving) void this.#move();
    await turn.promise;
  }

  /** Turns away all that wait, each with a refusal of its own. */
  close(refusal: () => SessionRefusal): void {
    for (const { leave } of this.#line) leave(refusal());
    this.#line.clear();
  }

  async #move(): Promise<void> {
    this.#isMoving = true;
    while (this.#line.size > 0) {
      if (this.#now() - this.#walkedAt >= WALK_MS) this.#walk();
      const isRoom = this.#backlog() <= MOST_BACKLOG;
      if (isRoom) this.#letIn();
      await sleep(isRoom ? BETWEEN_MS : LOOK_MS);
    }
    this.#isMoving = false;
  }

  /** The first that is still there. */
  #letIn(): void {
    for (const place of this.#line) {
      this.#line.delete(place);
      const gone = place.newcomer.gone();
      if (gone === undefined) {
        place.enter();
        return;
      }
      place.leave(gone);
    }
  }

  #walk(): void {
    const now = this.#now();
    this.#walkedAt = now;
    let ahead = 0;
    for (const place of this.#line) {
      const why = this.#whyLeave(place, now);
      if (why !== undefined) {
        this.#line.delete(place);
        place.leave(why);
        continue;
      }
      if (now - place.toldAt >= this.#tellMs) {
        place.newcomer.tell?.(ahead);
        place.toldAt = now;
      }
      ahead += 1;
    }
  }

  #whyLeave({ newcomer, since }: Place, now: number): Error | undefined {
    const gone = newcomer.gone();
    if (gone !== undefined || newcomer.tell !== undefined || now - since < SILENT_MS) return gone;
    return new SessionRefusal('overloaded', 'the collector has much to store; again later', this.#retryMs());
  }

  #retryMs(): number {
    const aboutMs = Math.min(MOST_RETRY_MS, Math.max(LEAST_RETRY_MS, this.#line.size * RETRY_EACH_MS));
    return Math.round(aboutMs * (0.5 + this.#random()));
  }
}
