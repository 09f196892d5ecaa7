import type { ImageUse } from '../../../core/cleanup/uses.ts';
import type { SavedName } from '../../runtimes/removal.ts';
import type { RemovalEngine } from './engine.ts';

/** What was read longer ago is read again, whether anybody came since or not: labels that pin leave no other trace. */
const MAX_AGE_MS = 10_000;

interface Reading {
  readonly mark: string;
  readonly uses: readonly ImageUse[];
  /** ms since the epoch. */
  readonly readAt: number;
}

/**
 * Who uses what, by every engine. Reading that takes long where images are many, so that it is not done for each of them:
 * right before each one only the engines' marks of their users are, and everything is read again when a mark has changed.
 * Throws when an engine does not answer: then nothing may be removed.
 */
export class KnownUses {
  readonly #engines: readonly RemovalEngine[];
  readonly #now: () => number;
  #last: Reading | undefined;

  constructor(engines: readonly RemovalEngine[], now: () => number) {
    this.#engines = engines;
    this.#now = now;
  }

  /** As it is right now. */
  async current(signal: AbortSignal): Promise<readonly ImageUse[]> {
    const age = this.#last === undefined ? Infinity : this.#now() - this.#last.readAt;
    // A clock that goes back is one that cannot be told by.
    if (this.#last !== undefined && age >= 0 && age <= MAX_AGE_MS) {
      if ((await this.#mark(signal)) === this.#last.mark) return this.#last.uses;
    }
    return await this.read(signal);
  }

  /** Reads all again, with the images that these names were taken from. */
  async read(signal: AbortSignal, removed: readonly SavedName[] = []): Promise<readonly ImageUse[]> {
    this.#last = undefined;
    const readAt = this.#now();
    // Who comes while uses are read has changed the mark by the next time.
    const mark = await this.#mark(signal);
    const read = await Promise.all(this.#engines.map(({ reader }) => reader.uses(signal, removed)));
    const uses = read.flat();
    this.#last = { mark, uses, readAt };
    return uses;
  }

  async #mark(signal: AbortSignal): Promise<string> {
    const marks = await Promise.all(this.#engines.map(({ reader }) => reader.usersMark(signal)));
    return JSON.stringify(marks);
  }
}
