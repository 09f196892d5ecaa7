import type { Database } from './database.ts';
import type { MetaStore } from './meta-store.ts';

const EPOCH = 'epoch';
/** The last number when the file was opened, while no collector has confirmed the epoch since and events were added. */
const UNCONFIRMED_AFTER = 'outbox-unconfirmed-after';

/** What the collector's word on the epoch shows. */
export type Confirmation =
  | { readonly kind: 'confirmed' }
  /** The file was put back from an old copy: events were sent that it knows nothing of. */
  | { readonly kind: 'restored'; readonly earlierEpoch: string; readonly lastKnown: number };

/**
 * Which numbering the outbox is in. A file that is put back from an old copy would give out numbers anew under an epoch
 * whose events the collector has, and it would take the new events for repeats of the old. So where the file stood when it
 * was opened is kept until a collector has confirmed it: what it has beyond that, this file did not send.
 */
export class OutboxEpoch {
  readonly #database: Database;
  readonly #meta: MetaStore;
  readonly #makeId: () => string;
  #current: string;
  /** Undefined once confirmed. */
  #unconfirmedAfter: number | undefined;
  /** The same as the file has it. */
  #kept: number | undefined;

  constructor(database: Database, meta: MetaStore, makeId: () => string, lastNumber: number) {
    this.#database = database;
    this.#meta = meta;
    this.#makeId = makeId;
    this.#current = meta.getOrSet(EPOCH, makeId);
    const kept = meta.get(UNCONFIRMED_AFTER);
    this.#kept = kept === undefined ? undefined : Number(kept);
    this.#unconfirmedAfter = this.#kept ?? lastNumber;
  }

  get current(): string {
    return this.#current;
  }

  /** Before an event is added, in its transaction: only then is there something to mistake, and room to write is needed anyway. */
  beforeAdding(): void {
    if (this.#unconfirmedAfter === this.#kept) return;
    if (this.#unconfirmedAfter === undefined) this.#meta.remove(UNCONFIRMED_AFTER);
    else this.#meta.set(UNCONFIRMED_AFTER, String(this.#unconfirmedAfter));
  }

  /** The transaction of `beforeAdding` is committed. */
  added(): void {
    this.#kept = this.#unconfirmedAfter;
  }

  /**
   * The last event that may be sent. As long as the file says that the epoch is not confirmed, nothing beyond its mark:
   * were the agent killed then, the next one would take the file for an old copy and send it again.
   */
  sendableUpTo(): number {
    if (this.#unconfirmedAfter === undefined) {
      this.#forgetKept();
      if (this.#kept !== undefined) return this.#kept;
    }
    return Number.MAX_SAFE_INTEGER;
  }

  /** The collector has the events up to `stored`. `lastNumber`: the last one given out. */
  confirm(stored: number, lastNumber: number): Confirmation {
    const lastKnown = this.#unconfirmedAfter ?? lastNumber;
    const earlierEpoch = this.#current;
    if (stored > lastKnown) {
      this.#current = this.#renew(lastKnown);
      this.#unconfirmedAfter = undefined;
      this.#kept = undefined;
      return { kind: 'restored', earlierEpoch, lastKnown };
    }
    this.#unconfirmedAfter = undefined;
    this.#forgetKept();
    return { kind: 'confirmed' };
  }

  /** A full disk must not keep the session from beginning; it is tried again before anything is sent. */
  #forgetKept(): void {
    if (this.#kept === undefined) return;
    try {
      this.#meta.remove(UNCONFIRMED_AFTER);
      this.#kept = undefined;
    } catch {
      return;
    }
  }

  /** Events up to `lastKnown` are stored by the collector; those after it are new, and counted from 1 under a new epoch. */
  #renew(lastKnown: number): string {
    const epoch = this.#makeId();
    this.#database.transaction('durable', () => {
      this.#database.prepare('DELETE FROM outbox WHERE number <= ?').run(lastKnown);
      // In two steps, so that no number meets one that is still there.
      this.#database.prepare('UPDATE outbox SET number = ? - number').run(lastKnown);
      this.#database.execute(`
        UPDATE outbox SET number = -number;
        UPDATE sqlite_sequence SET seq = (SELECT coalesce(max(number), 0) FROM outbox) WHERE name = 'outbox';
      `);
      this.#meta.set(EPOCH, epoch);
      this.#meta.remove(UNCONFIRMED_AFTER);
    });
    return epoch;
  }
}
