import type { DoorLimits } from './door-limits.ts';
import type { TurnedAwayWord } from './turned-away.ts';

/**
 * A handshake that took this long gives way to a newcomer where there is no more room for its address, or for any, ms.
 * Each takes a busy collector some 6 ms of its time, so a crowd that fills the room is done in less.
 */
const NEIGHBOR_GIVES_WAY_MS = 5_000;
const ANYONE_GIVES_WAY_MS = 10_000;

/** A connection. */
export interface Guest {
  /** As connections are counted. */
  readonly address: string;
  /** When it came, ms of a clock that never goes back. */
  readonly since: number;
  /** Who it is, once its handshake is over; the book's to write. There are many of them: no map is to know it. */
  holder?: string | undefined;
}

/** What becomes of a newcomer; `instead` has to go for it, and counts no more. */
export type Arrival<G> =
  | { readonly kind: 'in'; readonly instead?: { readonly guest: G; readonly why: TurnedAwayWord } }
  | { readonly kind: 'out'; readonly why: TurnedAwayWord };

type Limits = Omit<DoorLimits, 'handshakeMs'>;

/**
 * Counts connections, and says for which there is room. Those in their handshakes are unknown, so that one place may not
 * have all the room: where there is none left, whoever has dawdled the longest goes, while a crowd that is quick, as a
 * fleet that comes back, waits for its turn outside.
 */
export class GuestBook<G extends Guest> {
  readonly #limits: Limits;
  /** In their handshakes, in the order they came. */
  readonly #knocking = new Set<G>();
  readonly #knockingFrom = new Map<string, Set<G>>();
  readonly #counts = new Map<string, number>();
  #settled = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  get handshakes(): number {
    return this.#knocking.size;
  }

  get connections(): number {
    return this.#knocking.size + this.#settled;
  }

  arrive(guest: G): Arrival<G> {
    const { maxConnections, maxHandshakes, maxHandshakesPerAddress } = this.#limits;
    const neighbors = this.#knockingFrom.get(guest.address);
    if (neighbors !== undefined && neighbors.size >= maxHandshakesPerAddress)
      return this.#inPlaceOf(neighbors, guest, 'too-many-from-address', NEIGHBOR_GIVES_WAY_MS);
    if (this.#knocking.size >= maxHandshakes)
      return this.#inPlaceOf(this.#knocking, guest, 'too-many-handshakes', ANYONE_GIVES_WAY_MS);
    if (this.connections >= maxConnections) return { kind: 'out', why: 'too-many-connections' };
    this.#enter(guest);
    return { kind: 'in' };
  }

  /** Its handshake is over, and this is who it is. False: the holder has too many connections already, and it has to go. */
  settle(guest: G, holder: string): boolean {
    if (!this.#knocking.has(guest)) return false;
    const count = this.#counts.get(holder) ?? 0;
    if (count >= this.#limits.maxPerHolder) return false;
    this.#stopKnocking(guest);
    this.#settled += 1;
    guest.holder = holder;
    this.#counts.set(holder, count + 1);
    return true;
  }

  /** It is gone. False: it did not count any more. */
  leave(guest: G): boolean {
    const { holder } = guest;
    if (holder === undefined) return this.#stopKnocking(guest);
    this.#settled -= 1;
    guest.holder = undefined;
    const left = (this.#counts.get(holder) ?? 0) - 1;
    if (left > 0) this.#counts.set(holder, left);
    else this.#counts.delete(holder);
    return true;
  }

  /** Those that came before that time and are still in their handshakes. */
  overdue(before: number): readonly G[] {
    const found: G[] = [];
    for (const guest of this.#knocking) {
      if (guest.since >= before) break;
      found.push(guest);
    }
    return found;
  }

  #inPlaceOf(crowd: ReadonlySet<G>, guest: G, why: TurnedAwayWord, afterMs: number): Arrival<G> {
    const [oldest] = crowd;
    if (oldest === undefined || guest.since - oldest.since < afterMs) return { kind: 'out', why };
    this.#stopKnocking(oldest);
    this.#enter(guest);
    return { kind: 'in', instead: { guest: oldest, why } };
  }

  #enter(guest: G): void {
    this.#knocking.add(guest);
    const neighbors = this.#knockingFrom.get(guest.address);
    if (neighbors === undefined) this.#knockingFrom.set(guest.address, new Set([guest]));
    else neighbors.add(guest);
  }

  #stopKnocking(guest: G): boolean {
    if (!this.#knocking.delete(guest)) return false;
    const neighbors = this.#knockingFrom.get(guest.address);
    neighbors?.delete(guest);
    if (neighbors?.size === 0) this.#knockingFrom.delete(guest.address);
    return true;
  }
}
