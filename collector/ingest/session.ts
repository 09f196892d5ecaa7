import type { Logger } from '../../platform/logging.ts';
import { integer } from '../../proto/codec/fields.ts';
import { agreeLimits, encodeLimits } from '../../proto/codec/limits.ts';
import {
  decodeRequest,
  PROTOCOL_MINOR,
  type DecodedRequest,
  type Response,
} from '../../proto/codec/session.ts';
import type { tallyman } from '../../proto/generated/tallyman.js';
import type { Admission } from './admission.ts';
import { CommandSender } from './command-sender.ts';
import { ContentIntake, type ContentParts } from './content-intake.ts';
import { EventIntake } from './event-intake.ts';
import type { BeatPace } from './beat-pace.ts';
import type { AdmittedHello } from './hello.ts';
import type { IngestLimits } from './ingest-limits.ts';
import { ChannelError, type SessionChannel } from './session-channel.ts';
import { SessionRefusal } from './session-refusal.ts';
import type { RegisteredSession, SessionRegistry } from './session-registry.ts';
import { StateIntake } from './state-intake.ts';

/** Beats that may be missing before a session counts as dead. */
const MISSED_BEATS = 3;
/** However short the beats are, ms: a machine that stands still for a moment is no dead agent. */
const LEAST_SILENCE_MS = 5_000;
/** Another agent of the same name may take over after this share of that silence. */
const FRESH_SHARE = 2.5 / MISSED_BEATS;

/** Something of a node changed; ask the store what. */
export interface IngestChange {
  readonly node: string;
  readonly kind: 'session' | 'state' | 'content' | 'events';
}

export interface SessionShared {
  readonly parts: ContentParts;
  readonly registry: SessionRegistry<Session>;
  readonly limits: IngestLimits;
  readonly pace: BeatPace;
  readonly admission: Admission;
  /** ms that never go back, however the clock is set. */
  readonly now: () => number;
  readonly collectorVersion: string;
  /** Refuses sessions from now on, with this. */
  draining(): SessionRefusal | undefined;
  onChange(change: IngestChange): void;
}

/** A session as others may see it. Times are ms since the epoch. */
export interface SessionView {
  readonly node: string;
  readonly instance: string;
  readonly agentVersion: string;
  readonly connectedAt: number;
  /** Absent until the first. */
  readonly lastHeartbeatAt?: number;
  readonly condition: 'ok' | 'degraded';
  /** How often the agent was last asked to report. */
  readonly beatIntervalMs: number;
  /** Events waiting on the node. */
  readonly pendingEvents: number;
  readonly receivedBytes: number;
  /** Messages received, by kind as in `SessionRequest`. */
  readonly received: Readonly<Record<string, number>>;
}

/** One agent's session, from its admitted hello on. */
export class Session implements RegisteredSession {
  readonly node: string;
  readonly instance: string;
  readonly #channel: SessionChannel;
  readonly #shared: SessionShared;
  readonly #hello: AdmittedHello;
  readonly #logger: Logger;
  readonly #finished = Promise.withResolvers<void>();
  readonly #commands: CommandSender;
  readonly #received: Record<string, number> = { hello: 1 };
  #receivedBytes: number;
  /** Absent until the agent was welcomed: before that it understands nothing else. */
  #connectedAt: number | undefined;
  /** ms of the shared `now`, as is when it was last looked at for revocation. */
  #lastSeenAt: number;
  /** The beat interval that the agent was told. */
  #toldBeatMs: number;
  /** The one that it may still sleep through: it takes a new one up after its next beat. */
  #beatMs: number;
  #lastHeartbeatAt: number | undefined;
  #revocationCheckedAt = 0;
  #condition: 'ok' | 'degraded' = 'ok';
  #pendingEvents = 0;

  constructor(channel: SessionChannel, shared: SessionShared, hello: AdmittedHello, helloBytes: number) {
    this.node = hello.node;
    this.instance = hello.instance;
    this.#channel = channel;
    this.#shared = shared;
    this.#hello = hello;
    this.#receivedBytes = helloBytes;
    const { store, clock } = shared.parts;
    const { node, commandCredit: credit } = hello;
    this.#commands = new CommandSender({ node, store, channel, credit, clock });
    this.#lastSeenAt = shared.now();
    this.#toldBeatMs = shared.pace.usualMs;
    this.#beatMs = this.#toldBeatMs;
    this.#logger = shared.parts.logger.child({ node: hello.node });
  }

  get aliveUntil(): number {
    return this.#lastSeenAt + FRESH_SHARE * this.#silenceMs;
  }

  get #silenceMs(): number {
    return Math.max(MISSED_BEATS * this.#beatMs, LEAST_SILENCE_MS);
  }

  /** The agent was told so. */
  get isWelcome(): boolean {
    return this.#connectedAt !== undefined;
  }

  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  evict(why: string): void {
    this.#channel.evict(why);
  }

  /** Hands the agent what waits for it in the store and was not handed over yet, as far as it takes it. Never rejects. */
  async deliver(): Promise<void> {
    // Before the welcome nothing is handed over; with it all that waits is.
    if (this.#connectedAt === undefined) return;
    try {
      await this.#commands.handOver();
    } catch (error) {
      // The reader of the stream learns of that too.
      if (error instanceof ChannelError) return;
      this.#logger.error({ err: error }, 'waiting commands not handed over');
    }
  }

  /** Asks the agent to go; one that is not welcomed yet is refused then. */
  drain(reconnectAfterMs: number): boolean {
    return this.#post({ drain: { reconnectAfterMs } });
  }

  /** Undefined until the agent was welcomed. */
  view(): SessionView | undefined {
    if (this.#connectedAt === undefined) return undefined;
    const view = {
      node: this.node,
      instance: this.instance,
      agentVersion: this.#hello.agentVersion,
      connectedAt: this.#connectedAt,
      condition: this.#condition,
      beatIntervalMs: this.#toldBeatMs,
      pendingEvents: this.#pendingEvents,
      receivedBytes: this.#receivedBytes,
      received: { ...this.#received },
    };
    return this.#lastHeartbeatAt === undefined ? view : { ...view, lastHeartbeatAt: this.#lastHeartbeatAt };
  }

  /** Rejects with why the session is to be refused, or broke. */
  async run(theirLimits: tallyman.v1.Limits.$Properties | null | undefined): Promise<void> {
    const { parts, registry } = this.#shared;
    await this.#refuseRevoked();
    await registry.enter(this);
    let started = false;
    try {
      const { node, instance, agentVersion, bootId, epoch } = this.#hello;
      const certificateUntil = this.#channel.peer?.validUntil;
      const outcome = await parts.store.startSession({
        node,
        instance,
        agentVersion,
        bootId,
        epoch,
        at: parts.clock(),
        ...(certificateUntil !== undefined && { certificateUntil }),
      });
      if (outcome === 'elsewhere') throw this.#duplicate();
      started = true;
      this.#changed('session');
      await this.#converse({ ...this.#shared.limits, ...agreeLimits(this.#shared.limits, theirLimits) });
    } finally {
      if (started) await this.#end();
      registry.leave(this);
      this.#finished.resolve();
      if (started) this.#changed('session');
    }
  }

  #duplicate(): SessionRefusal {
    return new SessionRefusal(
      'duplicate',
      `another agent reports as node ${this.node}, to another collector; give each node a name and a certificate of its own`,
      this.#beatMs,
    );
  }

  /** Leases that cannot be given back lapse. */
  async #released(content: ContentIntake): Promise<void> {
    try {
      await content.close();
    } catch (error) {
      this.#logger.error({ err: error }, 'leases not released');
    }
  }

  async #end(): Promise<void> {
    const { store, clock } = this.#shared.parts;
    try {
      await store.endSession(this.node, this.instance, clock());
    } catch (error) {
      this.#logger.error({ err: error }, 'end of session not stored');
    }
  }

  async #converse(limits: IngestLimits): Promise<void> {
    const { parts } = this.#shared;
    const { store, clock } = parts;
    const { node, epoch, catalogers } = this.#hello;
    const stored = await store.eventsStored(node, epoch);
    const intakes: Intakes = {
      state: await StateIntake.load({ store, node, limits, clock }),
      content: new ContentIntake(parts, node, limits, catalogers),
      events: new EventIntake({ store, node, epoch, clock }),
    };
    try {
      await this.#welcome(intakes, limits, stored);
      while (await this.#hear(intakes, limits)) continue;
    } finally {
      await this.#released(intakes.content);
    }
  }

  /**
   * Works off one message; false at the stream's end. A function of its own, so that who waits for the next one does not
   * hold the last: a small message keeps all of Node's 64 KiB buffer that it came in.
   */
  async #hear(intakes: Intakes, limits: IngestLimits): Promise<boolean> {
    const bytes = await this.#channel.receive(this.#silenceMs);
    if (!bytes) return false;
    const begun = performance.now();
    const message = decodeWithin(bytes, limits.maxMessageBytes);
    this.#count(message, bytes.length);
    for (const answer of await this.#handle(message, intakes)) await this.#channel.send(answer);
    this.#shared.pace.observe(performance.now() - begun);
    return true;
  }

  async #welcome({ state, content }: Intakes, limits: IngestLimits, stored: number): Promise<void> {
    const { parts, collectorVersion } = this.#shared;
    await this.#channel.send({
      welcome: {
        protocolMinor: Math.min(PROTOCOL_MINOR, this.#hello.protocolMinor),
        collectorVersion,
        limits: encodeLimits(limits),
        beatIntervalMs: this.#toldBeatMs,
        credit: content.credit(),
        eventsStoredUpTo: stored,
        stateRoot: state.root(),
        sessionLifetimeMs: parts.timing.sessionLifetimeMs,
      },
    });
    this.#logger.info({ address: this.#channel.address() }, 'agent connected');
    this.#connectedAt = parts.clock();
    const draining = this.#shared.draining();
    if (draining) throw draining;
    // Of what is ordered from here on, `deliver` hears.
    await this.#commands.catchUp();
  }

  async #handle(message: DecodedRequest, { state, content, events }: Intakes): Promise<readonly Response[]> {
    switch (message.message) {
      case 'heartbeat':
        await this.#beat(message.heartbeat);
        await this.#commands.catchUp();
        return [...this.#newPace(), ...state.beat(message.heartbeat.stateRoot ?? new Uint8Array())];
      case 'stateChange': {
        const answers = await state.change(message.stateChange);
        this.#changed('state');
        return answers;
      }
      case 'bucketHashes':
        return state.hashes(message.bucketHashes);
      case 'bucketState': {
        const answers = await state.bucketState(message.bucketState);
        this.#changed('state');
        return answers;
      }
      case 'contentOffer':
        return [await content.offer(message.contentOffer)];
      case 'contentChunk': {
        const answers = await content.chunk(message.contentChunk);
        if (message.contentChunk.last) this.#changed('content');
        return answers;
      }
      case 'eventBatch': {
        const answers = await events.batch(message.eventBatch);
        this.#commands.stored(message.eventBatch);
        this.#changed('events');
        return answers;
      }
      case 'commandCredit':
        this.#commands.add(message.commandCredit.commands ?? 0);
        await this.#commands.catchUp();
        return [];
      case 'goodbye':
        this.#logger.info({}, 'agent says goodbye');
        return [];
      case 'hello':
      case undefined:
      default:
        throw new SessionRefusal('protocol', 'a second hello');
    }
  }

  async #beat(heartbeat: tallyman.v1.Heartbeat.$Properties): Promise<void> {
    const { clock, store } = this.#shared.parts;
    const now = clock();
    const peer = this.#channel.peer;
    if (peer && peer.validUntil <= now) {
      throw new SessionRefusal('protocol', "the node's certificate expired; put a new one in its place");
    }
    const { revocationCheckMs } = this.#shared.parts.timing;
    if (this.#shared.now() - this.#revocationCheckedAt > revocationCheckMs) await this.#refuseRevoked();
    this.#lastHeartbeatAt = now;
    this.#condition = (heartbeat.condition ?? 0) === 0 ? 'ok' : 'degraded';
    this.#pendingEvents = integer(heartbeat.pendingEvents);
    await store.heartbeat(this.node, now, this.#condition);
  }

  async #refuseRevoked(): Promise<void> {
    const { peer } = this.#channel;
    if (!peer) return;
    const before = await this.#shared.parts.store.revokedBefore(this.node);
    if (peer.validFrom < before) {
      throw new SessionRefusal('wrong-node', "the node's certificate was revoked; enrol it again");
    }
    this.#revocationCheckedAt = this.#shared.now();
  }

  /** What the agent is to be told when it is to report at another interval. */
  #newPace(): readonly Response[] {
    const { beatMs } = this.#shared.pace;
    this.#beatMs = Math.max(beatMs, this.#toldBeatMs);
    if (beatMs === this.#toldBeatMs) return [];
    this.#toldBeatMs = beatMs;
    return [{ credit: { beatIntervalMs: beatMs } }];
  }

  #changed(kind: IngestChange['kind']): void {
    this.#shared.onChange({ node: this.node, kind });
  }

  #post(message: Response): boolean {
    return this.#connectedAt !== undefined && this.#channel.post(message);
  }

  #count(message: DecodedRequest, bytes: number): void {
    const kind = message.message ?? 'unknown';
    this.#received[kind] = (this.#received[kind] ?? 0) + 1;
    this.#receivedBytes += bytes;
    this.#lastSeenAt = this.#shared.now();
  }
}

interface Intakes {
  readonly state: StateIntake;
  readonly content: ContentIntake;
  readonly events: EventIntake;
}

/** Throws a SessionRefusal or WireError. */
export function decodeWithin(bytes: Uint8Array, maxMessageBytes: number): DecodedRequest {
  if (bytes.length > maxMessageBytes) {
    throw new SessionRefusal(
      'limit',
      `a message of ${bytes.length} bytes; at most ${maxMessageBytes} are agreed`,
    );
  }
  return decodeRequest(bytes);
}
