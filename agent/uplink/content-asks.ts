import type { ContentName } from '../../proto/codec/content.ts';
import { UplinkError } from './uplink-error.ts';

/** One image is read at a time, and its leases are renewed: more than a few questions are a mistake. */
const MAX_OPEN = 16;

/** Content that this node is to make, under the lease of that token. */
export interface LentContent extends ContentName {
  readonly lease: number;
}

/** What the collector said to content that this node could make. What it does not name is held. */
export interface ContentAnswer {
  /** To be made here. Ours for `leaseMs`, and for as long again when asked for before. */
  readonly wanted: readonly LentContent[];
  readonly leaseMs: number;
  /** Other nodes are at these; to be asked for again after `retryAfterMs`. */
  readonly elsewhere: readonly ContentName[];
  readonly retryAfterMs: number;
}

export interface ContentAsk {
  readonly names: readonly ContentName[];
  answered(answer: ContentAnswer): void;
}

/** Questions for the collector, in order. One that a session did not answer is for the next. */
export class ContentAsks {
  readonly #open: ContentAsk[] = [];

  /** Rejects when the signal fires. */
  async ask(names: readonly ContentName[], signal: AbortSignal): Promise<ContentAnswer> {
    signal.throwIfAborted();
    if (this.#open.length >= MAX_OPEN) {
      throw new UplinkError('limit', `${MAX_OPEN} questions about content wait already`);
    }
    const { promise, resolve, reject } = Promise.withResolvers<ContentAnswer>();
    const close = (): void => {
      signal.removeEventListener('abort', abort);
      const at = this.#open.indexOf(ask);
      if (at !== -1) this.#open.splice(at, 1);
    };
    const ask: ContentAsk = {
      names,
      answered(answer) {
        close();
        resolve(answer);
      },
    };
    const abort = (): void => {
      close();
      reject(new UplinkError('ended', 'nobody waits for the answer any more'));
    };
    signal.addEventListener('abort', abort);
    this.#open.push(ask);
    return await promise;
  }

  /** What is to be asked next. */
  next(): ContentAsk | undefined {
    return this.#open[0];
  }
}
