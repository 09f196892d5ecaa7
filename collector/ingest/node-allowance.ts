import { TokenBucket } from '../../platform/token-bucket.ts';
import { SessionRefusal } from './session-refusal.ts';

/** Nodes remembered; when there are more, the one that spent the longest ago begins anew. */
const MOST_NODES = 50_000;
/** Whoever has to wait longer comes back before: its state is not to grow old meanwhile. ms. */
const MOST_RETRY_MS = 300_000;

export interface NodeAllowanceOptions {
  /** That a node may bring at once. */
  readonly burstBytes: number;
  readonly bytesPerSecond: number;
  /** ms of a clock that never goes back. */
  readonly now: () => number;
  /** What a node is told that brought more. The same each time, so that the security record folds it. */
  readonly message: string;
}

/**
 * What each node may bring to this collector: else a single one could fill the database. A guard and no quota: it is counted in
 * memory, anew after a restart, and by each collector for itself, so a node that goes from one of N to the next has N times as
 * much. That is bounded too, and costs no write.
 */
export class NodeAllowance {
  readonly #options: NodeAllowanceOptions;
  /** In the order in which they last asked. */
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(options: NodeAllowanceOptions) {
    this.#options = options;
  }

  /** Throws a SessionRefusal, with when to come back, while the node has brought more than it may. */
  check(node: string): void {
    const { bytesPerSecond, now, message } = this.#options;
    // It may be overdrawn by what came last, so that nothing is too large for it.
    const level = this.#bucketOf(node).level(now());
    if (level > 0) return;
    const recoveredMs = ((1 - level) / bytesPerSecond) * 1000;
    throw new SessionRefusal('limit', message, Math.ceil(Math.min(MOST_RETRY_MS, recoveredMs)));
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
