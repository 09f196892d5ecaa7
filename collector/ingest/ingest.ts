import { Server, type ServiceDefinition } from '@grpc/grpc-js';
import { CertificateError } from '../../platform/certificate-error.ts';
import { withDeadline } from '../../platform/deadline.ts';
import type { Logger } from '../../platform/logging.ts';
import { SerialQueue } from '../../platform/serial-queue.ts';
import type { HostPort } from '../../platform/setting-values.ts';
import {
  isLoopback,
  readTls,
  watchTls,
  type TlsFiles,
  type TlsMaterial,
  type TlsMode,
} from '../../platform/tls.ts';
import { SESSION_PATH } from '../../proto/codec/session.ts';
import { Admission } from './admission.ts';
import { BeatPace } from './beat-pace.ts';
import { AssemblyBudget } from './content-assembly.ts';
import type { VerificationOutcome } from './content-intake.ts';
import type { Door, DoorTls } from './door/door.ts';
import { DEFAULT_DOOR_LIMITS, type DoorLimits } from './door/door-limits.ts';
import { createGrpcDoor } from './door/grpc-door.ts';
import { SecurityRecord } from './door/security-record.ts';
import type { TurnedAway } from './door/turned-away.ts';
import { healthHandlers, healthService } from './health.ts';
import {
  DEFAULT_INGEST_LIMITS,
  DEFAULT_INGEST_TIMING,
  type IngestLimits,
  type IngestTiming,
} from './ingest-limits.ts';
import type { IngestStore } from './ingest-store.ts';
import { NodeAllowance } from './node-allowance.ts';
import { serveSession } from './serve-session.ts';
import type { IngestChange, Session, SessionShared, SessionView } from './session.ts';
import { SessionChannel, type SessionCall } from './session-channel.ts';
import { SessionRefusal } from './session-refusal.ts';
import { SessionRegistry } from './session-registry.ts';

export type { VerificationOutcome } from './content-intake.ts';
export type { IngestChange, SessionView } from './session.ts';

/** Hard bound of the transport; the session's own, smaller one is answered with words. */
const MAX_RECEIVED_BYTES = 4 * 1024 * 1024;
/** An agent has one stream and a health check beside it. */
const MAX_STREAMS = 8;
/** Connections without a stream are closed, ms: gRPC's clients leave some behind that were given up while they were made. */
const MAX_IDLE_MS = 30_000;
const DEFAULT_BEAT_MS = 30_000;
const DEFAULT_VERIFY_SHARE = 0.01;
/** When closing: for agents to hear of it, and for the store to finish what is under way. */
const STATUS_MS = 100;
const STORE_MS = 10_000;

const sessionService = {
  session: {
    path: SESSION_PATH,
    requestStream: true,
    responseStream: true,
    requestSerialize: asBuffer,
    requestDeserialize: asIs,
    responseSerialize: asBuffer,
    responseDeserialize: asIs,
  },
} as const satisfies ServiceDefinition;

const TOO_MUCH_CONTENT =
  'the node sends more content than is stored of one; see which images it makes or pulls so often';

export interface IngestOptions {
  readonly store: IngestStore;
  readonly tls: TlsMode;
  /** Port 0: any free one. */
  readonly listen: HostPort;
  /** Told to agents. */
  readonly version: string;
  readonly limits?: Partial<IngestLimits>;
  readonly door?: Partial<DoorLimits>;
  readonly timing?: Partial<IngestTiming>;
  readonly beatIntervalMs?: number;
  /** Part of the layers, 0 to 1, that a second node reads too, to compare. */
  readonly verifyShare?: number;
  /** ms since the epoch. */
  readonly clock: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  /** Called after something of a node was stored. Must be quick, and not throw. */
  onChange?(change: IngestChange): void;
  /** A second node read a layer. As above. */
  onVerified?(outcome: VerificationOutcome): void;
  /** A connection was not let in. As above. */
  readonly onTurnedAway?: (one: TurnedAway) => void;
  /** The collector's own certificate is taken up, at first or anew. As above. */
  onCertificate?(material: TlsMaterial): void;
  /** What health checks are told while sessions are taken; all is well when absent. */
  isReady?(): Promise<boolean>;
}

/** The collector's end of all sessions. */
export interface Ingest {
  /** Listens. Throws a CertificateError or ListenError. */
  start(): Promise<{ readonly port: number }>;
  /** The store has a command for the node: its agent gets what waits there, in the order of issue, when it is connected here. */
  deliver(node: string): void;
  sessions(): readonly SessionView[];
  /** Names of the nodes whose agents were welcomed. */
  nodes(): ReadonlySet<string>;
  /** Connections there are, how many of them are in their handshakes, and how many wait for their sessions to begin. */
  connections(): ReturnType<Door['count']> & { readonly waiting: number };
  /** Takes no more sessions, asks the agents to go, and waits until they did, at most `deadlineMs`. */
  drain(deadlineMs: number): Promise<void>;
  /** Ends what is left, at once. */
  close(): Promise<void>;
}

export function createIngest(options: IngestOptions): Ingest {
  return new GrpcIngest(options);
}

class GrpcIngest implements Ingest {
  readonly #options: IngestOptions;
  readonly #shared: SessionShared;
  readonly #timing: IngestTiming;
  readonly #server: Server;
  readonly #record: SecurityRecord;
  #door: Door | undefined;
  readonly #streams = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  #draining = false;

  constructor(options: IngestOptions) {
    const { store, clock, logger, beatIntervalMs = DEFAULT_BEAT_MS } = options;
    const limits = { ...DEFAULT_INGEST_LIMITS, ...options.limits };
    const timing = { ...DEFAULT_INGEST_TIMING, ...options.timing };
    const now = (): number => performance.now();
    const registry = new SessionRegistry<Session>({ capacity: limits.maxSessions, now });
    this.#options = options;
    this.#timing = timing;
    this.#shared = {
      parts: {
        store,
        clock,
        logger,
        timing,
        budget: new AssemblyBudget(limits.assemblyBytes),
        allowance: new NodeAllowance({
          burstBytes: limits.nodeContentBytes,
          bytesPerSecond: limits.nodeContentBytesPerSecond,
          now,
          message: TOO_MUCH_CONTENT,
        }),
        queue: new SerialQueue(limits.maxLeases),
        verifyShare: options.verifyShare ?? DEFAULT_VERIFY_SHARE,
        sessions: () => registry.size,
        onVerified: (outcome) => options.onVerified?.(outcome),
      },
      registry,
      limits,
      pace: new BeatPace({
        beatMs: beatIntervalMs,
        now,
        onChange: (beatMs) => logger.warn({ beatMs }, 'agents are asked to report at another interval'),
      }),
      admission: new Admission({
        backlog: () => store.backlog,
        random: options.random,
        now,
        tellMs: timing.queuedMs,
      }),
      now,
      collectorVersion: options.version,
      draining: () => (this.#draining ? this.#farewell() : undefined),
      onChange: (change) => options.onChange?.(change),
    };
    this.#record = new SecurityRecord({ store, clock, logger });
    store.watchCommands((node) => this.deliver(node));
    this.#server = new Server({
      'grpc.max_receive_message_length': MAX_RECEIVED_BYTES,
      'grpc.max_send_message_length': limits.maxMessageBytes,
      'grpc.max_concurrent_streams': MAX_STREAMS,
      'grpc.max_connection_idle_ms': MAX_IDLE_MS,
      'grpc.keepalive_time_ms': timing.keepaliveMs,
      'grpc.keepalive_timeout_ms': timing.keepaliveTimeoutMs,
      'grpc.enable_channelz': 0,
    });
    this.#server.addService(sessionService, { session: (call: SessionCall) => this.#serve(call) });
    this.#server.addService(
      healthService,
      healthHandlers(async () => !this.#draining && (await options.isReady?.()) !== false),
    );
  }

  async start(): Promise<{ readonly port: number }> {
    const { listen, tls, logger } = this.#options;
    const door = tls.kind === 'mutual' ? await this.#mutual(tls.files) : this.#plain();
    this.#door = door;
    const port = await door.open(listen, 'grpc-listen');
    logger.info({ address: listen.host, port }, 'listening for agents');
    return { port };
  }

  deliver(node: string): void {
    void this.#shared.registry.get(node)?.deliver();
  }

  sessions(): readonly SessionView[] {
    return this.#shared.registry.all().flatMap((session) => session.view() ?? []);
  }

  connections(): ReturnType<Ingest['connections']> {
    const counted = this.#door?.count() ?? { connections: 0, handshakes: 0 };
    return { ...counted, waiting: this.#shared.admission.waiting };
  }

  nodes(): ReadonlySet<string> {
    const nodes = new Set<string>();
    for (const session of this.#shared.registry.all()) if (session.isWelcome) nodes.add(session.node);
    return nodes;
  }

  async drain(deadlineMs: number): Promise<void> {
    this.#takeNoMore();
    for (const session of this.#shared.registry.all()) {
      session.drain(Math.floor(this.#options.random() * this.#timing.reconnectSpreadMs));
    }
    if (await this.#ended(deadlineMs)) return;
    this.#options.logger.warn({ sessions: this.sessions().length }, 'agents are still connected');
  }

  async close(): Promise<void> {
    this.#takeNoMore();
    this.#closing.abort();
    for (const session of this.#shared.registry.all()) session.evict('the collector closes');
    // Lets statuses out before connections are cut.
    await this.#ended(STATUS_MS);
    this.#door?.close();
    this.#server.forceShutdown();
    await this.#record.write();
    if (!(await this.#ended(STORE_MS))) {
      this.#options.logger.error({}, 'sessions still wait for the store; left behind');
    }
  }

  /** Are all streams over within that time? */
  async #ended(ms: number): Promise<boolean> {
    try {
      await withDeadline(Promise.all(this.#streams), ms, 'the end of all streams');
      return true;
    } catch {
      return false;
    }
  }

  #serve(call: SessionCall): void {
    const channel = new SessionChannel(call, {
      sendMs: this.#timing.sendMs,
      maxMessageBytes: this.#shared.limits.maxMessageBytes,
    });
    const stream = serveSession(channel, this.#shared);
    this.#streams.add(stream);
    void stream.finally(() => this.#streams.delete(stream));
  }

  #takeNoMore(): void {
    this.#draining = true;
    this.#shared.admission.close(() => this.#farewell());
  }

  #farewell(): SessionRefusal {
    const wait = Math.floor(this.#options.random() * this.#timing.reconnectSpreadMs);
    return new SessionRefusal('overloaded', 'this collector is about to close', wait);
  }

  #plain(): Door {
    const { host } = this.#options.listen;
    // They are all of this host.
    if (isLoopback(host)) return this.#newDoor({ maxPerHolder: Infinity });
    throw new CertificateError(
      'mismatch',
      `${host} is not loopback, and plain text is for loopback alone; give certificates or listen on 127.0.0.1`,
    );
  }

  async #mutual(files: TlsFiles): Promise<Door> {
    const { logger } = this.#options;
    const current = await readTls(files);
    const door = this.#newDoor({}, { material: current, asksForCertificate: true });
    this.#options.onCertificate?.(current);
    void watchTls({
      read: () => readTls(files),
      current,
      intervalMs: this.#timing.credentialCheckMs,
      signal: this.#closing.signal,
      onChange: (material) => {
        door.renew(material);
        this.#options.onCertificate?.(material);
        logger.info({ validUntil: new Date(material.validUntil).toISOString() }, 'certificates renewed');
      },
      onError: (error) => logger.error({ err: error }, 'certificate files are not usable'),
    });
    return door;
  }

  #newDoor(limits: Partial<DoorLimits>, tls?: DoorTls): Door {
    const { logger, onTurnedAway } = this.#options;
    return createGrpcDoor(this.#server, {
      limits: { ...DEFAULT_DOOR_LIMITS, ...this.#options.door, ...limits },
      ...(tls && { tls }),
      record: this.#record,
      onTurnedAway,
      logger,
    });
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function asIs(bytes: Buffer): Uint8Array {
  return bytes;
}
