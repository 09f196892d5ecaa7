import { setTimeout as sleep } from 'node:timers/promises';
import { StoreError } from '../store-error.ts';
import type { Connection } from './connection.ts';

/** Whose sessions all wait for the database at once are slowed long before. */
const MOST_WAITING = 100_000;
const LOOK_MS = 20;

/** Connections, each lent to one work at a time, made as they are needed and thrown away when they broke. */
export class Pool {
  readonly #open: () => Connection;
  readonly #most: number;
  readonly #lent = new Set<Connection>();
  #idle: Connection[] = [];
  readonly #waiting: (() => void)[] = [];
  #taken = 0;
  #isClosed = false;

  /** `most`: how many there may be at a time. */
  constructor(open: () => Connection, most: number) {
    this.#open = open;
    this.#most = most;
  }

  /** Waits for its turn. Rejects as the work does, or with a StoreError. */
  async use<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    await this.#turn();
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

  async #turn(): Promise<void> {
    if (this.#taken < this.#most) {
      this.#taken += 1;
      return;
    }
    if (this.#waiting.length >= MOST_WAITING)
      throw new StoreError('unavailable', 'too much waits for PostgreSQL; see what else it is doing');
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Its place is the next one's. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#taken -= 1;
    else next();
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
