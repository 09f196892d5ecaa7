import type { Logger } from '../../platform/logging.ts';
import { encodeEvent } from '../../proto/codec/event.ts';
import { MESSAGE_OVERHEAD_BYTES } from '../../proto/codec/limits.ts';
import { tallyman } from '../../proto/generated/tallyman.js';
import { Bell } from './bell.ts';
import type { EventOutbox, OutboxEvent } from './event-outbox.ts';
import { Mailbox } from './mailbox.ts';
import { UplinkError } from './uplink-error.ts';
import type { Wire } from './wire.ts';

const MAX_BATCH = 256;
/** Tag and length of one event in a batch. */
const EVENT_OVERHEAD_BYTES = 8;
/** How often to look whether events may go that were held back. */
const LOOK_AGAIN_MS = 60_000;

type WireEvent = tallyman.v1.Event.$Properties;

/** Sends the outbox in order, one batch at a time, and lets go of events only when the collector stored them. */
export class EventSender {
  readonly #outbox: EventOutbox;
  readonly #logger: Logger;
  readonly #clock: () => number;
  readonly #bell = new Bell();
  readonly #acks = new Mailbox<number>();

  constructor(options: {
    readonly outbox: EventOutbox;
    readonly logger: Logger;
    readonly clock: () => number;
  }) {
    this.#outbox = options.outbox;
    this.#logger = options.logger;
    this.#clock = options.clock;
  }

  /** There are new events. */
  notify(): void {
    this.#bell.ring();
  }

  /** Throws an UplinkError when it is about events that are not ours. */
  acknowledged(epoch: string, upTo: number): void {
    if (epoch !== this.#outbox.epoch) {
      throw new UplinkError('protocol', 'the collector acknowledged events of another epoch');
    }
    this.#acks.put(upTo);
  }

  /** Runs until the session ends, then rejects. `stored`: what the collector had before this session. */
  async run(wire: Wire, stored: number): Promise<never> {
    const { epoch } = this.#outbox;
    this.#acks.clear();
    if (stored > 0) this.#outbox.acknowledge(epoch, stored);
    let done = stored;
    for (;;) {
      const room = wire.limits.maxMessageBytes - MESSAGE_OVERHEAD_BYTES - MAX_BATCH * EVENT_OVERHEAD_BYTES;
      const batch = this.#outbox.pending(done, MAX_BATCH, room);
      const last = batch.at(-1);
      if (last === undefined) {
        await this.#bell.heard(wire.signal, this.#outbox.count() > 0 ? LOOK_AGAIN_MS : undefined);
        continue;
      }
      await wire.send({ eventBatch: { epoch, events: batch.map((event) => this.#wireEvent(event, room)) } });
      const upTo = await this.#acks.take('acknowledgement of events', wire.responseMs, wire.signal);
      if (upTo <= done || upTo > last.number) {
        throw new UplinkError(
          'protocol',
          `the collector acknowledged ${upTo} after events up to ${last.number}`,
        );
      }
      this.#outbox.acknowledge(epoch, upTo);
      done = upTo;
    }
  }

  /** An event that cannot be sent must not hold up those behind it; its number stays, and says that it was lost. */
  #wireEvent(event: OutboxEvent, room: number): WireEvent {
    if (event.payload.length > room) return this.#lost(event, 'it was larger than the collector accepts');
    try {
      const message = tallyman.v1.Event.decode(event.payload);
      message.number = event.number;
      return message;
    } catch (error) {
      this.#logger.error({ err: error, number: event.number }, 'event on the disk is not readable');
      return this.#lost(event, 'it was not readable on the disk');
    }
  }

  #lost({ number }: OutboxEvent, reason: string): WireEvent {
    this.#logger.error({ number, reason }, 'event lost');
    const body = { kind: 'loss', reason, count: 1, firstNumber: number, lastNumber: number } as const;
    return tallyman.v1.Event.decode(encodeEvent({ number, time: this.#clock(), body }));
  }
}
