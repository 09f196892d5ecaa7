import { contentId, type ContentRef } from '../../proto/codec/content.ts';
import { SessionRefusal } from './session-refusal.ts';

/** Memory that the incomplete content of all sessions shares. */
export class AssemblyBudget {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  take(bytes: number): boolean {
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }

  give(bytes: number): void {
    this.#left += bytes;
  }
}

export interface Chunk {
  readonly ref: ContentRef;
  readonly lease: number;
  readonly index: number;
  readonly last: boolean;
  readonly bytes: Uint8Array;
}

/** One content item on its way in. Once it is spoiled, what still comes of it is counted and dropped. */
export class Assembly {
  readonly ref: ContentRef;
  readonly lease: number;
  readonly #budget: AssemblyBudget;
  readonly #maxBytes: number;
  #parts: Uint8Array[] = [];
  #bytes = 0;
  #next = 0;
  #spoiled: string | undefined;

  constructor(chunk: Chunk, budget: AssemblyBudget, maxBytes: number) {
    this.ref = chunk.ref;
    this.lease = chunk.lease;
    this.#budget = budget;
    this.#maxBytes = maxBytes;
  }

  /** Why it will not be stored, if so. */
  get spoiled(): string | undefined {
    return this.#spoiled;
  }

  spoil(why: string): void {
    this.#spoiled ??= why;
    this.free();
  }

  /** Throws a SessionRefusal when the chunk is not the next of this item. */
  add(chunk: Chunk): void {
    if (contentId(chunk.ref) !== contentId(this.ref) || chunk.lease !== this.lease) {
      throw new SessionRefusal('protocol', 'chunks of two content items are mixed');
    }
    if (chunk.index !== this.#next) {
      throw new SessionRefusal('protocol', `chunk ${chunk.index} of content came instead of ${this.#next}`);
    }
    this.#next += 1;
    if (this.#spoiled !== undefined) return;
    if (this.#bytes + chunk.bytes.length > this.#maxBytes) {
      this.spoil(`it is larger than ${this.#maxBytes} bytes`);
    } else if (!this.#budget.take(chunk.bytes.length)) {
      this.spoil('the collector is short of memory; again later');
    } else {
      this.#parts.push(chunk.bytes);
      this.#bytes += chunk.bytes.length;
    }
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#parts);
  }

  /** Gives its memory back. */
  free(): void {
    this.#budget.give(this.#bytes);
    this.#parts = [];
    this.#bytes = 0;
  }
}
