/** Counts what happened, by kind. */
export class Tally {
  readonly #counts = new Map<string, number>();

  count(kind: string): void {
    this.#counts.set(kind, this.of(kind) + 1);
  }

  of(kind: string): number {
    return this.#counts.get(kind) ?? 0;
  }

  /** `apply 12, create 40, ...` in the order of the kinds. */
  toString(): string {
    const kinds = [...this.#counts].toSorted(([one], [other]) => (one < other ? -1 : 1));
    return kinds.map(([kind, times]) => `${kind} ${times}`).join(', ');
  }
}
