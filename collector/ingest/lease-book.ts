/** Who sends content: one session. */
export type LeaseHolder = object;

interface Lease {
  readonly holder: LeaseHolder;
  readonly token: number;
  /** ms since the epoch. */
  readonly lapses: number;
}

/**
 * Which session is to supply which content, so that the fleet sends each once. In memory: after a restart of the
 * collector everybody is asked anew. Bounded: beyond its capacity nobody is asked until something came in.
 */
export class LeaseBook {
  readonly #leases = new Map<string, Lease>();
  readonly #clock: () => number;
  readonly #leaseMs: number;
  readonly #capacity: number;
  #lastToken: number;

  constructor(options: {
    readonly clock: () => number;
    readonly leaseMs: number;
    readonly capacity: number;
  }) {
    this.#clock = options.clock;
    this.#leaseMs = options.leaseMs;
    this.#capacity = options.capacity;
    // Higher than any of an earlier process, as long as that gave fewer than a thousand a millisecond.
    this.#lastToken = options.clock() * 1000;
  }

  /** A token for the holder, or undefined when another has the lease or there is no room. */
  grant(id: string, holder: LeaseHolder): number | undefined {
    const now = this.#clock();
    const held = this.#leases.get(id);
    if (held && held.holder !== holder && held.lapses > now) return undefined;
    if (!held && this.#leases.size >= this.#capacity && !this.#dropLapsed(now)) return undefined;
    this.#lastToken += 1;
    this.#leases.set(id, { holder, token: this.#lastToken, lapses: now + this.#leaseMs });
    return this.#lastToken;
  }

  /** Is this the last lease given on it? One that lapsed is good as long as nobody else got it. */
  isCurrent(id: string, token: number): boolean {
    return this.#leases.get(id)?.token === token;
  }

  /** The content came, or will not come. */
  release(id: string, token: number): void {
    if (this.isCurrent(id, token)) this.#leases.delete(id);
  }

  /** The session is over; others may be asked at once. */
  releaseAll(holder: LeaseHolder): void {
    for (const [id, lease] of this.#leases) if (lease.holder === holder) this.#leases.delete(id);
  }

  #dropLapsed(now: number): boolean {
    let dropped = false;
    for (const [id, lease] of this.#leases) {
      if (lease.lapses > now) continue;
      this.#leases.delete(id);
      dropped = true;
    }
    return dropped;
  }
}
