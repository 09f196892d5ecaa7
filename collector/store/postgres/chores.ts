import { pause } from '../../../platform/pause.ts';
import type { StoreError } from '../store-error.ts';
import type { CommandListener } from './command-listener.ts';
import type { Database } from './database.ts';
import type { Heartbeats } from './heartbeats.ts';
import { foldChanges } from './image-holders.ts';
import { toStoreError } from './postgres-error.ts';
import { REPLICA_BEAT_MS, type Replica } from './replica.ts';

/** How long a heartbeat may wait to be written, and a change of images to be folded, ms. */
const WRITE_MS = 2000;
/** Changes of images taken in one transaction. */
const FOLD_STEP = 20_000;
/** So many folded changes leave a table that is mostly empty pages. */
const FOLDS_TO_VACUUM = 50_000;

export interface ChoreParts {
  readonly database: Database;
  readonly replica: Replica;
  readonly heartbeats: Heartbeats;
  readonly listener: CommandListener;
  /** ms since the epoch. */
  readonly clock: () => number;
  readonly onCommand: (node: string) => void;
  /** Hears of what failed with nobody waiting for it, once until it works again. */
  readonly onProblem: (error: StoreError) => void;
}

/** What a collector does for the database all the time, until `stop`. */
export class Chores {
  readonly #parts: ChoreParts;
  readonly #stopped = new AbortController();
  readonly #running: Promise<unknown>;
  #folded = 0;
  #folding: Promise<void> | undefined;
  readonly #keepUp: () => Promise<void>;
  #listening: Promise<void> | undefined;

  constructor(parts: ChoreParts) {
    this.#parts = parts;
    this.#running = Promise.all([
      this.#repeat(WRITE_MS, async () => {
        await parts.heartbeats.flush();
        await this.fold();
      }),
      this.#repeat(REPLICA_BEAT_MS, () => this.beat()),
    ]);
    this.#keepUp = this.#toldOnce(() => parts.listener.keepUp());
  }

  /** Listens, and beats for the first time. Rejects when it cannot, and does nothing more then. */
  async begin(): Promise<void> {
    try {
      await this.#parts.listener.keepUp();
      await this.beat();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Lets the other collectors know of this one, and hands on commands that were put while nobody listened. */
  async beat(): Promise<void> {
    const { replica, listener, clock, onCommand } = this.#parts;
    // Not waited for: while it hangs, this collector stays alive to the others, and commands wait for a beat at most.
    this.#listening ??= this.#keepUp().finally(() => (this.#listening = undefined));
    await replica.beat(listener.echo);
    for (const node of await replica.waiting(clock())) onCommand(node);
  }

  /** Folds changes of images; a call while one is under way waits for that. */
  fold(): Promise<void> {
    this.#folding ??= this.#fold().finally(() => (this.#folding = undefined));
    return this.#folding;
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#parts.listener.close();
    await this.#running;
    await this.#listening;
  }

  async #fold(): Promise<void> {
    const { database } = this.#parts;
    for (;;) {
      const taken = await foldChanges(database, FOLD_STEP);
      if (taken === undefined) return;
      this.#folded += taken;
      if (taken < FOLD_STEP) break;
    }
    if (this.#folded < FOLDS_TO_VACUUM) return;
    this.#folded = 0;
    await database.run('VACUUM (SKIP_LOCKED, TRUNCATE FALSE) image_changes');
  }

  async #repeat(ms: number, work: () => Promise<void>): Promise<void> {
    const told = this.#toldOnce(work);
    while (await pause(ms, this.#stopped.signal)) await told();
  }

  /** The work, telling of its failure once until it goes well again. Does not reject. */
  #toldOnce(work: () => Promise<void>): () => Promise<void> {
    let isFailing = false;
    return async () => {
      try {
        await work();
        isFailing = false;
      } catch (error) {
        if (!isFailing && !this.#stopped.signal.aborted) this.#parts.onProblem(toStoreError(error));
        isFailing = true;
      }
    };
  }
}
