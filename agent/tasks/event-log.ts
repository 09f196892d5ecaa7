import { encodeEvent, type EventBody } from '../../proto/codec/event.ts';
import { tallyman } from '../../proto/generated/tallyman.js';
import type { Loss, Outbox } from '../state/outbox.ts';
import { StateError } from '../state/state-error.ts';
import type { EventOutbox } from '../uplink/event-outbox.ts';

/** For losses of events that had no number. */
const UNNUMBERED = { firstNumber: 0, lastNumber: 0 } as const;

/** Puts events on the node's disk; numbers are the outbox's. */
export class EventLog {
  readonly #outbox: Pick<Outbox, 'append' | 'reportLosses'>;
  readonly #now: () => number;
  readonly #added: () => void;
  /** How many could not be kept, by kind. */
  readonly #unwritten = new Map<string, number>();

  /** `now`: ms since the epoch. `added` is called after each event. */
  constructor(outbox: Pick<Outbox, 'append' | 'reportLosses'>, now: () => number, added: () => void) {
    this.#outbox = outbox;
    this.#now = now;
    this.#added = added;
  }

  /** Answers its number. Throws a StateError when it cannot be kept. */
  add(body: EventBody): number {
    const number = this.#outbox.append(body.kind, this.#encode(body));
    try {
      this.#tellLosses();
    } catch (error) {
      // The event itself is kept; losses are told with the next one.
      if (!(error instanceof StateError)) throw error;
    }
    this.#added();
    return number;
  }

  #tellLosses(): void {
    this.#outbox.reportLosses((loss) =>
      this.#loss(`no room in the outbox for events of kind ${loss.kind}`, loss),
    );
    for (const [kind, count] of this.#unwritten) {
      const reason = `events of kind ${kind} could not be written to the disk`;
      this.#outbox.append('loss', this.#loss(reason, { ...UNNUMBERED, count }).payload);
      this.#unwritten.delete(kind);
    }
  }

  /** As `add`; what cannot be kept is counted, and told as a loss with the next event that can. */
  note(body: EventBody, failed: (error: unknown) => void): void {
    try {
      this.add(body);
    } catch (error) {
      this.#unwritten.set(body.kind, (this.#unwritten.get(body.kind) ?? 0) + 1);
      failed(error);
    }
  }

  /** Events were lost that nobody has counted. */
  noteLoss(reason: string, failed: (error: unknown) => void): void {
    this.note({ kind: 'loss', reason, ...UNNUMBERED, count: 0 }, failed);
  }

  #loss(
    reason: string,
    { count, firstNumber, lastNumber }: Pick<Loss, 'count' | 'firstNumber' | 'lastNumber'>,
  ): { readonly kind: 'loss'; readonly payload: Uint8Array } {
    return { kind: 'loss', payload: this.#encode({ kind: 'loss', reason, count, firstNumber, lastNumber }) };
  }

  /** The number comes with the outbox; on the wire the later of two values of a field counts (protobuf encoding, "Last One Wins"). */
  #encode(body: EventBody): Uint8Array {
    return encodeEvent({ number: 0, time: this.#now(), body });
  }
}

export interface OutboxNotices {
  /** The collector knows more of the epoch than the disk; a sentence. */
  readonly restored: (reason: string) => void;
  /** The disk takes no word of what the collector has stored; told once until it does again. */
  readonly noRoom: (error: StateError) => void;
}

/** The outbox as the uplink reads it: events with their numbers inside. */
export function numberedOutbox(outbox: Outbox, { restored, noRoom }: OutboxNotices): EventOutbox {
  let hasRoom = true;
  return {
    get epoch() {
      return outbox.epoch;
    },
    confirm(storedUpTo) {
      const confirmation = outbox.confirm(storedUpTo);
      if (confirmation.kind === 'confirmed') return true;
      const { earlierEpoch, lastKnown } = confirmation;
      restored(
        `The node's state was put back from an old copy that ends with event ${lastKnown} of epoch ${earlierEpoch}, ` +
          `of which the collector has ${storedUpTo}: later ones that it lacks are lost, and numbers begin anew.`,
      );
      return false;
    },
    pending: (after, maxItems, maxBytes) =>
      outbox.pending(after, maxItems, maxBytes).map(({ number, payload }) => ({
        number,
        payload: Buffer.concat([payload, tallyman.v1.Event.encode({ number }).finish()]),
      })),
    acknowledge(epoch, upTo) {
      try {
        outbox.acknowledge(epoch, upTo);
        hasRoom = true;
      } catch (error) {
        if (!(error instanceof StateError && (error.code === 'full' || error.code === 'read-only')))
          throw error;
        if (hasRoom) noRoom(error);
        hasRoom = false;
      }
    },
    count: () => outbox.count(),
  };
}
