import {
  Server,
  status,
  type sendUnaryData,
  type ServerUnaryCall,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import { DeadlineError, withDeadline } from '../../platform/deadline.ts';
import type { Logger } from '../../platform/logging.ts';
import { formatHostPort, type HostPort } from '../../platform/setting-values.ts';
import { readTls, watchTls, type TlsFiles } from '../../platform/tls.ts';
import {
  decodeEnrollmentRequest,
  ENROLL_PATH,
  encodeEnrollmentAnswer,
  MAX_ENROLL_BYTES,
} from '../../proto/codec/enroll.ts';
import { WireError } from '../../proto/codec/wire-error.ts';
import { createGrpcDoor } from '../ingest/door/grpc-door.ts';
import { SecurityRecord } from '../ingest/door/security-record.ts';
import type { TurnedAway } from '../ingest/door/turned-away.ts';
import { AddressLimit } from './address-limit.ts';
import type { EnrollStore } from './enroll-store.ts';
import { EnrollmentRefusal, type RefusalKind } from './enrollment-refusal.ts';
import type { CertificateIssuer } from './issuer.ts';

/** Hard bound of the transport; the smaller one is answered with words. */
const MAX_RECEIVED_BYTES = 64 * 1024;
/** Calls under way at a time; each holds a few kilobytes, and one of the store's transactions at its end. */
const MOST_AT_ONCE = 16;
const MOST_STREAMS = 4;
const DEADLINE_MS = 5_000;
/** Nobody has business here for longer, ms. */
const CONNECTION_MS = 30_000;
const CONNECTION_GRACE_MS = 5_000;
const CREDENTIAL_CHECK_MS = 30_000;
/** Everyone may come in here, but stays for one question; nodes that find no room come again. */
const DOOR_LIMITS = {
  maxConnections: 2000,
  maxHandshakes: 1000,
  maxHandshakesPerAddress: 250,
  maxPerHolder: 250,
  handshakeMs: 10_000,
};

const STATUS: Readonly<Record<RefusalKind, status>> = {
  malformed: status.INVALID_ARGUMENT,
  stranger: status.UNAUTHENTICATED,
  denied: status.PERMISSION_DENIED,
  busy: status.RESOURCE_EXHAUSTED,
  unavailable: status.UNAVAILABLE,
};

const service = {
  enroll: {
    path: ENROLL_PATH,
    requestStream: false,
    responseStream: false,
    requestSerialize: asBuffer,
    requestDeserialize: (bytes: Buffer) => bytes,
    responseSerialize: asBuffer,
    responseDeserialize: (bytes: Buffer) => bytes,
  },
} as const satisfies ServiceDefinition;

export interface EnrollmentServerOptions {
  readonly issuer: Pick<CertificateIssuer, 'issue'>;
  readonly store: Pick<EnrollStore, 'recordRefusal'>;
  /** The collector's certificate; its authorities are not asked for any. */
  readonly tls: TlsFiles;
  /** Port 0: any free one. */
  readonly listen: HostPort;
  /** ms since the epoch. */
  readonly clock: () => number;
  readonly logger: Logger;
  /** A connection was not let in. Must be quick, and not throw. */
  readonly onTurnedAway?: (one: TurnedAway) => void;
}

export interface EnrollmentServer {
  /** `host:port` where it really listens. */
  readonly address: string;
  /** Ends calls too. */
  close(): void;
}

/** Serves nodes that want a certificate. Throws a CertificateError or ListenError. */
export async function startEnrollmentServer(options: EnrollmentServerOptions): Promise<EnrollmentServer> {
  const { listen, tls, logger, clock, store } = options;
  const closing = new AbortController();
  const current = await readTls(tls);
  const record = new SecurityRecord({ store, clock, logger });
  const desk = new EnrollmentDesk(options);
  const server = new Server({
    'grpc.max_receive_message_length': MAX_RECEIVED_BYTES,
    'grpc.max_concurrent_streams': MOST_STREAMS,
    'grpc.max_connection_idle_ms': CONNECTION_MS,
    'grpc.max_connection_age_ms': CONNECTION_MS,
    'grpc.max_connection_age_grace_ms': CONNECTION_GRACE_MS,
    'grpc.enable_channelz': 0,
  });
  server.addService(service, {
    enroll: (call: ServerUnaryCall<Buffer, Uint8Array>, answer: sendUnaryData<Uint8Array>) =>
      void desk.serve(call.request, hostOf(call.getPeer()), answer),
  });
  const door = createGrpcDoor(server, {
    limits: DOOR_LIMITS,
    tls: { material: current, asksForCertificate: false },
    record,
    onTurnedAway: options.onTurnedAway,
    logger,
  });
  const port = await door.open(listen, 'enroll-listen');
  void watchTls({
    read: () => readTls(tls),
    current,
    intervalMs: CREDENTIAL_CHECK_MS,
    signal: closing.signal,
    onChange: (material) => door.renew(material),
    onError: (error) => logger.error({ err: error }, 'certificate files are not usable for enrolment'),
  });
  return {
    address: formatHostPort({ host: listen.host, port }),
    close() {
      closing.abort();
      door.close();
      void record.write();
      server.forceShutdown();
    },
  };
}

/** Takes requests in, as many as there is room for, and answers each. */
class EnrollmentDesk {
  readonly #options: EnrollmentServerOptions;
  readonly #limit = new AddressLimit(() => performance.now());
  #underWay = 0;

  constructor(options: EnrollmentServerOptions) {
    this.#options = options;
  }

  /** Never rejects. */
  async serve(bytes: Buffer, address: string, answer: sendUnaryData<Uint8Array>): Promise<void> {
    const admitted = this.#limit.admit(address);
    if (admitted === 'over') return answer(errorOf(tooMany()));
    let node = '';
    this.#underWay += 1;
    const late = new AbortController();
    try {
      if (admitted === 'over-first') throw tooMany();
      if (this.#underWay > MOST_AT_ONCE) throw new EnrollmentRefusal('busy', 'too many nodes enrol at once');
      const request = requestOf(bytes);
      ({ node } = request);
      const issuing = this.#options.issuer.issue(request, late.signal);
      const issued = await withDeadline(issuing, DEADLINE_MS, 'enrolment');
      answer(null, encodeEnrollmentAnswer(issued));
    } catch (error) {
      const refusal = refusalOf(error);
      await this.#record(node, address, refusal);
      answer(errorOf(refusal));
    } finally {
      late.abort();
      this.#underWay -= 1;
    }
  }

  async #record(node: string, address: string, refusal: EnrollmentRefusal): Promise<void> {
    const { logger, store, clock } = this.#options;
    const { kind, message, cause } = refusal;
    if (kind === 'unavailable') logger.error({ node, address, err: cause }, 'enrolment failed');
    logger.warn({ node, address, kind, refusal: message }, 'enrolment refused');
    // A stranger's name is not kept, or the record could be flooded with names.
    const record = { node: kind === 'denied' ? node : '', reason: 'enrollment', at: clock() };
    try {
      await store.recordRefusal({ ...record, message: `${message} (asked from ${address})` });
    } catch (error) {
      logger.error({ err: error, node, address }, 'refusal not recorded');
    }
  }
}

/** Throws an EnrollmentRefusal or WireError. */
function requestOf(bytes: Buffer): ReturnType<typeof decodeEnrollmentRequest> {
  if (bytes.length > MAX_ENROLL_BYTES) {
    throw new EnrollmentRefusal('malformed', `a request may have at most ${MAX_ENROLL_BYTES} bytes`);
  }
  return decodeEnrollmentRequest(bytes);
}

function refusalOf(error: unknown): EnrollmentRefusal {
  if (error instanceof EnrollmentRefusal) return error;
  if (error instanceof WireError) return new EnrollmentRefusal('malformed', error.message, error);
  const why = error instanceof DeadlineError ? 'could not decide in time' : 'could not issue a certificate';
  return new EnrollmentRefusal('unavailable', `the collector ${why}; its log says more`, error);
}

function tooMany(): EnrollmentRefusal {
  return new EnrollmentRefusal('busy', 'too many requests for certificates come from this address');
}

function errorOf({ kind, message }: EnrollmentRefusal): { code: status; details: string } {
  return { code: STATUS[kind], details: message };
}

/** gRPC's `ip:port`, with an IPv6 address in brackets or not, as the address alone. */
function hostOf(peer: string): string {
  return peer.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
