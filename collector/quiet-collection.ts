/** So many changes between two looks are a busy time. */
const BUSY_CHANGES = 500;
/** It is quiet again when less than this part of the busiest time's changes come. */
const QUIET_PART = 0.1;

/** How often to look, ms. */
export const QUIET_LOOK_MS = 30_000;

/**
 * Has garbage collected once when it has become quiet after a busy time, such as a fleet that came back all at once: V8
 * lets what is left of that lie for as long as nothing else needs the room.
 */
export class QuietCollection {
  readonly #collect: () => void;
  #changes = 0;
  /** Of the busiest time since the last collection; 0: none was busy. */
  #most = 0;

  constructor(collect: () => void) {
    this.#collect = collect;
  }

  /** Something was stored. */
  note(): void {
    this.#changes += 1;
  }

  /** To be called every `QUIET_LOOK_MS`. */
  look(): void {
    const changes = this.#changes;
    this.#changes = 0;
    if (changes >= BUSY_CHANGES) this.#most = Math.max(this.#most, changes);
    if (changes >= this.#most * QUIET_PART) return;
    this.#most = 0;
    this.#collect();
  }
}
