import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import { Client, credentials, status, type ServiceError } from '@grpc/grpc-js';
import { formatHostPort, type HostPort } from '../../platform/setting-values.ts';
import {
  decodeEnrollmentAnswer,
  ENROLL_PATH,
  encodeEnrollmentRequest,
  MAX_ENROLL_BYTES,
  MAX_ENROLLED_BYTES,
  type EnrollmentAnswer,
  type EnrollmentRequest,
} from '../../proto/codec/enroll.ts';
import { IdentityError } from './identity-error.ts';

const DEADLINE_MS = 15_000;
/** Asked for in place of an address, which may not stand there (RFC 6066, section 3). */
const SERVER_NAME = 'tallyman-collector';
/** Words of gRPC that pass by themselves; all others need a person. */
const PASSING: readonly status[] = [
  status.UNAVAILABLE,
  status.DEADLINE_EXCEEDED,
  status.RESOURCE_EXHAUSTED,
  status.CANCELLED,
  status.ABORTED,
];

export interface EnrollmentAddress {
  readonly address: HostPort;
  /** Authorities that its certificate may come from, PEM. */
  readonly authorities: Buffer;
}

/** Asks for a certificate, once. Throws an IdentityError, or a WireError when the answer is none. */
export async function requestCertificate(
  { address, authorities }: EnrollmentAddress,
  request: EnrollmentRequest,
  signal: AbortSignal,
): Promise<EnrollmentAnswer> {
  const bytes = encodeEnrollmentRequest(request);
  if (bytes.length > MAX_ENROLL_BYTES) {
    throw new IdentityError(
      'refused',
      `the request has more than ${MAX_ENROLL_BYTES} bytes; is the token one?`,
    );
  }
  const byAddress = isIP(address.host) !== 0;
  const client = new Client(
    formatHostPort(address),
    credentials.createSsl(authorities, null, null, {
      ...(byAddress && { checkServerIdentity: (_name, shown) => checkServerIdentity(address.host, shown) }),
    }),
    {
      ...(byAddress && { 'grpc.ssl_target_name_override': SERVER_NAME }),
      'grpc.enable_retries': 0,
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_channelz': 0,
      'grpc.max_receive_message_length': MAX_ENROLLED_BYTES,
    },
  );
  try {
    return decodeEnrollmentAnswer(await call(client, bytes, signal));
  } finally {
    client.close();
  }
}

function call(client: Client, bytes: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const call = client.makeUnaryRequest(
      ENROLL_PATH,
      (message: Uint8Array) => Buffer.from(message),
      (message) => message,
      bytes,
      { deadline: Date.now() + DEADLINE_MS },
      (error, answer) => {
        signal.removeEventListener('abort', cancel);
        if (error) reject(identityError(error));
        else resolve(answer ?? new Uint8Array());
      },
    );
    const cancel = (): void => call.cancel();
    signal.addEventListener('abort', cancel);
  });
}

function identityError(error: ServiceError): IdentityError {
  const { code, details } = error;
  if (!PASSING.includes(code)) {
    return new IdentityError('refused', `the collector gives this node no certificate: ${details}`, error);
  }
  return new IdentityError(
    'unreachable',
    `no certificate could be had: ${details}${clockAdvice(details)}`,
    error,
  );
}

/** OpenSSL's words for what is most often a wrong clock. Source: openssl-verification-options(1). */
function clockAdvice(details: string): string {
  return /not yet valid|has expired/i.test(details)
    ? "; by this node's clock the collector's own certificate is not good today: is the clock right?"
    : '';
}
