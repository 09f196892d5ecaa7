import type { IncomingEvent, IngestStore } from './ingest-store.ts';
import { NodeAllowance } from './node-allowance.ts';

/** An agent's whole outbox, 16 MiB as it counts, and some of it sent twice. */
const BURST_BYTES = 20 * 1024 * 1024;
/** 42 MiB a day, of which `keep-events` keeps 4 GiB; a plan and a receipt each day are a hundredth of it. */
const BYTES_PER_SECOND = 512;
/** On top of each event's payload, as the outbox counts it. */
const EVENT_OVERHEAD_BYTES = 64;

const MESSAGE = `the node sends more events than are kept of one (${BURST_BYTES / 1024 / 1024} MiB at once, then ${BYTES_PER_SECOND} bytes a second); they wait there, so look at what it does so often`;

/**
 * The same store, taking of each node no more events than its allowance: else one node could fill the database. Beyond
 * it, `putEvents` stores nothing and throws a SessionRefusal with a time; the node keeps them and sends them again. See
 * NodeAllowance for what it means where there are several collectors.
 *
 * `now`: ms of a clock that never goes back.
 */
export function withEventAllowance(store: IngestStore, now: () => number): IngestStore {
  const allowance = new NodeAllowance({
    burstBytes: BURST_BYTES,
    bytesPerSecond: BYTES_PER_SECOND,
    now,
    message: MESSAGE,
  });

  async function putEvents(...given: Parameters<IngestStore['putEvents']>): Promise<number> {
    const [node, , events] = given;
    allowance.check(node);
    const upTo = await store.putEvents(...given);
    allowance.spend(node, sizeOf(events));
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
