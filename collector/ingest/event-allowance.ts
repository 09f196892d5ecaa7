import { TokenBucket } from '../../platform/token-bucket.ts';
import type { IncomingEvent, IngestStore } from './ingest-store.ts';
import { SessionRefusal } from './session-refusal.ts';

/** An agent's whole outbox, 16 MiB as it counts, and some of it sent twice. */
const BURST_BYTES = 20 * 1024 * 1024;
/** 42 MiB a day, of which `keep-events` keeps 4 GiB; a plan and a receipt each day are a hundredth of it. */
const BYTES_PER_SECOND = 512;
/** On top of each event's payload, as the outbox counts it. */
const EVENT_OVERHEAD_BYTES = 64;
/** Whoever has to wait longer comes back before: its state is not to grow old meanwhile. ms. */
const MOST_RETRY_MS = 300_000;
/** Nodes remembered; when there are more, the one that sent the longest ago begins anew. */
const MOST_NODES = 50_000;

const MESSAGE = `the node sends more events than are kept of one (${BURST_BYTES / 1024 / 1024} MiB at once, then ${BYTES_PER_SECOND} bytes a second); they wait there, so look at what it does so often`;

/**
 * The same store, taking of each node no more events than its allowance: else one node could fill the database. Beyond
 * it, `putEvents` stores nothing and throws a SessionRefusal with a time; the node keeps them and sends them again.
 *
 * `now`: ms of a clock that never goes back.
 */
export function withEventAllowance(store: IngestStore, now: () => number): IngestStore {
  /** In the order of their last events. */
  const buckets = new Map<string, TokenBucket>();

  function bucketOf(node: string): TokenBucket {
    const bucket = buckets.get(node) ?? new TokenBucket(BYTES_PER_SECOND, BURST_BYTES, now());
    buckets.delete(node);
    buckets.set(node, bucket);
    const [oldest] = buckets.keys();
    if (buckets.size > MOST_NODES && oldest !== undefined) buckets.delete(oldest);
    return bucket;
  }

  async function putEvents(...given: Parameters<IngestStore['putEvents']>): Promise<number> {
    const [node, , events] = given;
    const bucket = bucketOf(node);
    // It may be overdrawn by the last batch, so that no batch is too large for it.
    const level = bucket.level(now());
    if (level <= 0) {
      const recoveredMs = ((1 - level) / BYTES_PER_SECOND) * 1000;
      throw new SessionRefusal('limit', MESSAGE, Math.ceil(Math.min(MOST_RETRY_MS, recoveredMs)));
    }
    const upTo = await store.putEvents(...given);
    bucket.spend(sizeOf(events), now());
    return upTo;
  }

  return new Proxy(store, {
    get(target, name) {
      if (name === 'putEvents') return putEvents;
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...values: unknown[]): unknown => Reflect.apply(member, target, values);
    },
  });
}

function sizeOf(events: readonly IncomingEvent[]): number {
  return events.reduce((sum, { payload }) => sum + payload.length + EVENT_OVERHEAD_BYTES, 0);
}
