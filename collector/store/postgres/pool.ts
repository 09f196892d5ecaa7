import { setTimeout as sleep } from 'node:timers/promises';
import { StoreError } from '../store-error.ts';
import type { Connection } from './connection.ts';

/** Sessions are slowed long before so many of them wait for the database. */
const MOST_WAITING = 100_000;
const LOOK_MS = 20;

/** `first`: what is short, or people wait for. `later`: what nodes bring, which comes after all of that. */
export type Lane = 'first' | 'later';

/** How a work waits for a connection. */
export interface Turn {
  readonly lane: Lane;
  /** Gives up waiting; the work is not begun then. */
  readonly signal?: AbortSignal;
}

/** Connections, each lent to one work at a time, made as they are needed and thrown away when they broke. */
export class Pool {
  readonly #open: () => Connection;
  readonly #most: number;
  readonly #lent = new Set<Connection>();
  #idle: Connection[] = [];
  readonly #waiting: Readonly<Record<Lane, Set<() => void>>> = { first: new Set(), later: new Set() };
  #taken = 0;
  #isClosed = false;

  /** `most`: how many there may be at a time. */
  constructor(open: () => Connection, most: number) {
    this.#open = open;
    this.#most = most;
  }

  /** How many works of that lane wait. */
  waiting(lane: Lane): number {
    return this.#waiting[lane].size;
  }

  /** Waits for its turn. Rejects as the work does, with a StoreError, or with the signal's reason. */
  async use<T>(turn: Turn, work: (connection: Connection) => Promise<T>): Promise<T> {
    await this.#turn(turn);
    try {
      const connection = this.#take();
      try {
        return await work(connection);
      } finally {
        this.#takeBack(connection);
      }
    } finally {
      this.#leave();
    }
  }

  /** Ends what is idle at once, and the rest when its work is over or after so many seconds. */
  async close(seconds: number): Promise<void> {
    this.#isClosed = true;
    for (const connection of this.#idle) connection.discard();
    const last = performance.now() + seconds * 1000;
    while (this.#lent.size > 0 && performance.now() < last) await sleep(LOOK_MS);
    for (const connection of this.#lent) connection.discard();
  }

  async #turn({ lane, signal }: Turn): Promise<void> {
    signal?.throwIfAborted();
    if (this.#taken < this.#most) {
      this.#taken += 1;
      return;
    }
    const waiting = this.#waiting[lane];
    if (waiting.size >= MOST_WAITING)
      throw new StoreError('unavailable', 'too much waits for PostgreSQL; see what else it is doing');
    const turn = Promise.withResolvers<void>();
    const giveUp = (): void => {
      waiting.delete(turn.resolve);
      turn.reject(signal?.reason);
    };
    waiting.add(turn.resolve);
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      await turn.promise;
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
  }

  /** Its place is the next one's. */
  #leave(): void {
    const { first, later } = this.#waiting;
    const waiting = first.size > 0 ? first : later;
    const [next] = waiting;
    if (next === undefined) {
      this.#taken -= 1;
      return;
    }
    waiting.delete(next);
    next();
  }

  /** The one last used, if any is whole: what the server keeps for it is in its caches. */
  #take(): Connection {
    if (this.#isClosed) throw new StoreError('closed', 'the store is closed');
    this.#idle = this.#idle.filter(({ isBroken }) => !isBroken);
    const connection = this.#idle.pop() ?? this.#open();
    this.#lent.add(connection);
    return connection;
  }

  #takeBack(connection: Connection): void {
    this.#lent.delete(connection);
    if (this.#isClosed) connection.discard();
    else if (!connection.isBroken) this.#idle.push(connection);
  }
}
