import { TokenBucket } from '../../platform/token-bucket.ts';

/** Calls of one address: so many at once, and so many a second from then on. A fleet behind one address takes its turns. */
const BURST = 50;
const PER_SECOND = 5;
/** Addresses remembered; when there are more, whoever called longest ago is forgotten. */
const MOST_ADDRESSES = 4096;

interface Caller {
  readonly bucket: TokenBucket;
  /** It was said that this address asks too often. */
  isSaid: boolean;
}

/**
 * Keeps any one address from asking this collector too often: it spares the processor, so each collector counts for itself.
 * Bounded memory, whatever calls.
 */
export class AddressLimit {
  /** In the order of their last calls. */
  readonly #callers = new Map<string, Caller>();
  /** ms, of a clock that never goes back. */
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** `over-first`: too many calls, and it was not said yet since the address last kept to the limit. */
  admit(address: string): 'in' | 'over' | 'over-first' {
    const now = this.#now();
    const caller = this.#callers.get(address) ?? {
      bucket: new TokenBucket(PER_SECOND, BURST, now),
      isSaid: false,
    };
    this.#callers.delete(address);
    this.#callers.set(address, caller);
    if (this.#callers.size > MOST_ADDRESSES) this.#forgetOldest();
    if (caller.bucket.level(now) >= 1) {
      caller.bucket.spend(1, now);
      caller.isSaid = false;
      return 'in';
    }
    if (caller.isSaid) return 'over';
    caller.isSaid = true;
    return 'over-first';
  }

  #forgetOldest(): void {
    const [oldest] = this.#callers.keys();
    if (oldest !== undefined) this.#callers.delete(oldest);
  }
}
