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
  readonly clock: () => number;
}

/** The events of one session's node: stored once each, in order, then acknowledged. */
export class EventIntake {
  readonly #options: EventIntakeOptions;

  constructor(options: EventIntakeOptions) {
    this.#options = options;
  }

  async batch(message: tallyman.v1.EventBatch.$Properties): Promise<Response[]> {
    const { store, node, epoch, clock } = this.#options;
    if (text(message.epoch) !== epoch) {
      throw new WireError('mismatch', 'events are of another epoch than the hello named');
    }
    const events = (message.events ?? []).map(incoming);
    if (events.length === 0) throw new WireError('malformed', 'a batch of events is empty');
    let last = 0;
    for (const { number } of events) {
      // Numbers may be missing: those of events that the node had no room for. A loss among the events says so.
      if (number <= last) throw new WireError('malformed', 'event numbers do not count up');
      last = number;
    }
    const upTo = await store.putEvents(node, epoch, events, clock());
    return [{ eventAck: { epoch, upTo } }];
  }
}

function incoming(message: tallyman.v1.Event.$Properties): IncomingEvent {
  const { number, time, body } = eventOf(message);
  // Encoded anew with what we do not know of it, since it came as part of a batch.
  const event = { number, time, kind: body.kind, payload: tallyman.v1.Event.encode(message).finish() };
  if (body.kind === 'receipt') {
    const { kind: _, ...receipt } = body;
    return { ...event, receipt };
  }
  if (body.kind !== 'command-result') return event;
  const { kind: _, ...commandResult } = body;
  return { ...event, commandResult };
}
