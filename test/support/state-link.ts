import { StateSync } from '../../agent/uplink/state-sync.ts';
import { UplinkError } from '../../agent/uplink/uplink-error.ts';
import { StateIntake } from '../../collector/ingest/state-intake.ts';
import type { Logger } from '../../platform/logging.ts';
import { DEFAULT_LIMITS, type Limits } from '../../proto/codec/limits.ts';
import { decodeRequest, encodeRequest, type Request, type Response } from '../../proto/codec/session.ts';
import type { IngestStore } from '../../collector/ingest/ingest-store.ts';

/** An agent's and a collector's halves of the state, joined without a network. Messages go over as bytes. */
export interface StateLink {
  readonly sync: StateSync;
  /** Messages that crossed, by kind. */
  readonly sent: string[];
  /** A session: until `end`. */
  connect(): Promise<void>;
  /** Fails the session after so many more messages. */
  breakAfter(messages: number): void;
  /** A heartbeat crosses. */
  beat(): Promise<void>;
  end(): Promise<void>;
}

export function stateLink(store: IngestStore, logger: Logger, limits: Limits = DEFAULT_LIMITS): StateLink {
  const sent: string[] = [];
  const sync = new StateSync({ limits, logger, onLeftOut: () => undefined });
  let over = new AbortController();
  let running: Promise<unknown> = Promise.resolve();
  let intake: StateIntake | undefined;
  let left = Infinity;

  function answer(responses: readonly Response[]): void {
    for (const response of responses) {
      if (response.stateStored) sync.stored(response.stateStored.stateRoot ?? new Uint8Array());
      if (response.stateCompare) sync.compare();
      if (response.bucketRequest) sync.requested(response.bucketRequest.buckets ?? []);
    }
  }

  async function send(message: Request): Promise<void> {
    const bytes = encodeRequest(message);
    if (bytes.length > limits.maxMessageBytes) throw new Error(`a message of ${bytes.length} bytes`);
    const decoded = decodeRequest(bytes);
    left -= 1;
    if (left <= 0) over.abort();
    if (over.signal.aborted || !intake) throw new UplinkError('ended', 'the link is broken');
    sent.push(decoded.message ?? '');
    if (decoded.stateChange) answer(await intake.change(decoded.stateChange));
    if (decoded.bucketHashes) answer(intake.hashes(decoded.bucketHashes));
    if (decoded.bucketState) answer(await intake.bucketState(decoded.bucketState));
    if (decoded.heartbeat) answer(intake.beat(decoded.heartbeat.stateRoot ?? new Uint8Array()));
  }

  return {
    sync,
    sent,
    async connect() {
      over = new AbortController();
      left = Infinity;
      intake = await StateIntake.load({ store, node: 'node-1', limits, clock: () => 1 });
      sync.welcome(intake.root(), limits);
      running = sync
        .run({ send, limits, responseMs: 5000, restMs: () => 0, signal: over.signal })
        .catch((error: unknown) => error);
    },
    breakAfter(messages) {
      left = messages;
    },
    beat: () => send({ heartbeat: { stateRoot: sync.beatRoot() } }),
    async end() {
      over.abort();
      await running;
    },
  };
}
