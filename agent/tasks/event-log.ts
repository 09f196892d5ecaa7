import { encodeEvent, type EventBody } from '../../proto/codec/event.ts';
import { tallyman } from '../../proto/generated/tallyman.js';
import type { Outbox } from '../state/outbox.ts';
import type { EventOutbox } from '../uplink/event-outbox.ts';

/** Puts events on the node's disk; numbers are the outbox's. */
export class EventLog {
  readonly #outbox: Outbox;
  readonly #now: () => number;
  readonly #added: () => void;

  /** `now`: ms since the epoch. `added` is called after each event. */
  constructor(outbox: Outbox, now: () => number, added: () => void) {
    this.#outbox = outbox;
    this.#now = now;
    this.#added = added;
  }

  /** Answers its number. */
  add(body: EventBody): number {
    const number = this.#outbox.append(body.kind, this.#encode(body));
    this.#outbox.reportLosses((loss) => ({
      kind: 'loss',
      payload: this.#encode({
        kind: 'loss',
        reason: `no room in the outbox for events of kind ${loss.kind}`,
        count: loss.count,
        firstNumber: loss.firstNumber,
        lastNumber: loss.lastNumber,
      }),
    }));
    this.#added();
    return number;
  }

  /** The number comes with the outbox; on the wire the later of two values of a field counts (protobuf encoding, "Last One Wins"). */
  #encode(body: EventBody): Uint8Array {
    return encodeEvent({ number: 0, time: this.#now(), body });
  }
}

/** The outbox as the uplink reads it: events with their numbers inside. */
export function numberedOutbox(outbox: Outbox): EventOutbox {
  return {
    epoch: outbox.epoch,
    pending: (after, maxItems, maxBytes) =>
      outbox.pending(after, maxItems, maxBytes).map(({ number, payload }) => ({
        number,
        payload: Buffer.concat([payload, tallyman.v1.Event.encode({ number }).finish()]),
      })),
    acknowledge: (epoch, upTo) => void outbox.acknowledge(epoch, upTo),
    count: () => outbox.count(),
  };
}
