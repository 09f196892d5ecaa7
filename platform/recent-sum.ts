/** What was added within the last stretch of time, kept in slots. All times in ms, of a clock that never goes back. */
export class RecentSum {
  readonly #spanMs: number;
  readonly #slotMs: number;
  #slots: { readonly number: number; amount: number }[] = [];

  /** `spanMs` is a whole number of slots. What is kept is as many slots and the one that has begun. */
  constructor(spanMs: number, slotMs: number) {
    this.#spanMs = spanMs;
    this.#slotMs = slotMs;
  }

  add(amount: number, now: number): void {
    const number = Math.floor(now / this.#slotMs);
    const last = this.#slots.at(-1);
    if (last?.number === number) last.amount += amount;
    else this.#slots.push({ number, amount });
    this.#forget(now);
  }

  /** All that came within the span that ends now, and at most one slot's more. */
  total(now: number): number {
    this.#forget(now);
    return this.#slots.reduce((sum, slot) => sum + slot.amount, 0);
  }

  #forget(now: number): void {
    const oldest = Math.floor((now - this.#spanMs) / this.#slotMs);
    if ((this.#slots[0]?.number ?? oldest) >= oldest) return;
    this.#slots = this.#slots.filter((slot) => slot.number >= oldest);
  }
}
