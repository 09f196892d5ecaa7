import { TokenBucket } from '../../platform/token-bucket.ts';

/** Nodes remembered; when there are more, the one that spent the longest ago begins anew. */
const MOST_NODES = 50_000;

export interface NodeAllowanceOptions {
  /** That a node may bring at once. */
  readonly burstBytes: number;
  readonly bytesPerSecond: number;
  /** ms of a clock that never goes back. */
  readonly now: () => number;
}

/** What each node may bring: else a single one could fill the database. */
export class NodeAllowance {
  readonly #options: NodeAllowanceOptions;
  /** In the order in which they last asked. */
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(options: NodeAllowanceOptions) {
    this.#options = options;
  }

  /** How long the node has to wait until it may bring more, ms; 0: it may now, however much it is. */
  waitMs(node: string): number {
    const { bytesPerSecond, now } = this.#options;
    // It may be overdrawn by what came last, so that nothing is too large for it.
    const level = this.#bucketOf(node).level(now());
    return level > 0 ? 0 : Math.ceil(((1 - level) / bytesPerSecond) * 1000);
  }

  spend(node: string, bytes: number): void {
    this.#bucketOf(node).spend(bytes, this.#options.now());
  }

  #bucketOf(node: string): TokenBucket {
    const { bytesPerSecond, burstBytes, now } = this.#options;
    const bucket = this.#buckets.get(node) ?? new TokenBucket(bytesPerSecond, burstBytes, now());
    this.#buckets.delete(node);
    this.#buckets.set(node, bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > MOST_NODES && oldest !== undefined) this.#buckets.delete(oldest);
    return bucket;
  }
}
