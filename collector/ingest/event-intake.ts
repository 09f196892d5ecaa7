import type { Logger } from '../../platform/logging.ts';
import { eventOf } from '../../proto/codec/event.ts';
import { text } from '../../proto/codec/fields.ts';
import type { Response } from '../../proto/codec/session.ts';
import { WireError } from '../../proto/codec/wire-error.ts';
import { tallyman } from '../../proto/generated/tallyman.js';
import type { IncomingEvent, IngestStore } from './ingest-store.ts';

export interface EventIntakeOptions {
  readonly store: IngestStore;
  readonly node: string;
  readonly epoch: string;
  /** Last number stored. */
  readonly stored: number;
  readonly clock: () => number;
  readonly logger: Logger;
}

/** The events of one session's node: stored once each, in order, then acknowledged. */
export class EventIntake {
  readonly #options: EventIntakeOptions;
  #stored: number;

  constructor(options: EventIntakeOptions) {
    this.#options = options;
    this.#stored = options.stored;
  }

  async batch(message: tallyman.v1.EventBatch.$Properties): Promise<Response[]> {
    const { store, node, epoch, clock, logger } = this.#options;
    if (text(message.epoch) !== epoch) {
      throw new WireError('mismatch', 'events are of another epoch than the hello named');
    }
    const events = (message.events ?? []).map(incoming);
    const [first] = events;
    if (!first) throw new WireError('malformed', 'a batch of events is empty');
    for (const [at, { number }] of events.entries()) {
      if (number !== first.number + at)
        throw new WireError('malformed', 'event numbers do not count up by one');
    }
    if (first.number > this.#stored + 1) {
      logger.warn({ node, stored: this.#stored, next: first.number }, 'events between are lost');
    }
    this.#stored = await store.putEvents(node, epoch, events, clock());
    return [{ eventAck: { epoch, upTo: this.#stored } }];
  }
}

function incoming(message: tallyman.v1.Event.$Properties): IncomingEvent {
  const { number, time, body } = eventOf(message);
  // Encoded anew with what we do not know of it, since it came as part of a batch.
  const event = { number, time, kind: body.kind, payload: tallyman.v1.Event.encode(message).finish() };
  if (body.kind !== 'command-result') return event;
  const { commandId, outcome, message: sentence } = body;
  return { ...event, commandResult: { commandId, outcome, message: sentence } };
}
