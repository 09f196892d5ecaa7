import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import { Client, credentials, status, type ChannelCredentials } from '@grpc/grpc-js';
import type { TlsMaterial } from '../../platform/tls.ts';
import { SESSION_PATH } from '../../proto/codec/session.ts';
import { UplinkError } from './uplink-error.ts';
import { errorMessage } from '../../platform/error-message.ts';

/** Hard bound of the transport; the session's own, smaller one is checked message by message. */
const MAX_RECEIVED_BYTES = 4 * 1024 * 1024;
/** Asked for in place of an address, which may not stand there (RFC 6066, section 3). */
const SERVER_NAME = 'tallyman-collector';

export interface StreamOptions {
  /** `host:port`, or any target that gRPC resolves. */
  readonly target: string;
  /** Undefined: plain text. */
  readonly tls: TlsMaterial | undefined;
  readonly maxMessageBytes: number;
  /** A ping goes out after so long without a word from the other side, ms. */
  readonly keepaliveMs: number;
  /** The connection is dead when a ping stays unanswered for so long, ms. */
  readonly keepaliveTimeoutMs: number;
}

/** One stream to the collector, in messages as bytes, on a connection of its own. */
export interface UplinkStream {
  /** Resolves when the transport took the message; one at a time. Rejects once the stream is over. */
  write(message: Uint8Array): Promise<void>;
  /** Ends when the collector ends the stream, throws an UplinkError when it breaks. To be read once. */
  messages(): AsyncGenerator<Uint8Array, void, undefined>;
  /** No more messages from us. */
  halfClose(): void;
  /** Ends all of it at once, connection included. */
  close(): void;
}

export function openStream(options: StreamOptions): UplinkStream {
  const address = addressOf(options.target);
  const client = new Client(options.target, channelCredentials(options.tls, address), {
    ...(address !== undefined && { 'grpc.ssl_target_name_override': SERVER_NAME }),
    // A long stream is not to be buffered for a retry (grpc-node issue 2371).
    'grpc.enable_retries': 0,
    // Renewed certificates need a connection of their own, not a pooled one.
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_channelz': 0,
    'grpc.max_send_message_length': options.maxMessageBytes,
    'grpc.max_receive_message_length': MAX_RECEIVED_BYTES,
    'grpc.keepalive_time_ms': options.keepaliveMs,
    'grpc.keepalive_timeout_ms': options.keepaliveTimeoutMs,
  });
  const call = client.makeBidiStreamRequest(SESSION_PATH, asBuffer, asIs);
  // At most one write is under way. gRPC forgets its callback when the stream ends before.
  let giveUp: ((error: UplinkError) => void) | undefined;
  let end: UplinkError | undefined;
  const over = (error: UplinkError): void => {
    end ??= error;
    giveUp?.(end);
  };
  // For good: an error that nobody listens to would end the process.
  call.on('error', (error) => over(streamError(error)));
  call.once('close', () => over(new UplinkError('ended', 'the stream is over')));

  return {
    async write(message) {
      if (end) throw end;
      await new Promise<void>((resolve, reject) => {
        giveUp = reject;
        call.write(message, (error?: Error | null) => (error ? reject(streamError(error)) : resolve()));
      });
      giveUp = undefined;
    },
    async *messages() {
      try {
        for await (const message of call) yield message as Uint8Array;
      } catch (error) {
        throw streamError(error);
      }
    },
    halfClose: () => void call.end(),
    close() {
      call.cancel();
      client.close();
    },
  };
}

/** With an address, the certificate is checked for that, whatever name was asked for. */
function channelCredentials(tls: TlsMaterial | undefined, address: string | undefined): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure();
  if (address === undefined) return credentials.createSsl(tls.ca, tls.key, tls.cert);
  return credentials.createSsl(tls.ca, tls.key, tls.cert, {
    checkServerIdentity: (_name, certificate) => checkServerIdentity(address, certificate),
  });
}

/** The IP address in `host:port`; undefined for a name. */
function addressOf(target: string): string | undefined {
  const host = target.slice(0, target.lastIndexOf(':')).replace(/^\[(.*)\]$/, '$1');
  return isIP(host) === 0 ? undefined : host;
}

function asBuffer(message: Uint8Array): Buffer {
  return Buffer.from(message.buffer, message.byteOffset, message.byteLength);
}

function asIs(message: Buffer): Uint8Array {
  return message;
}

function streamError(error: unknown): UplinkError {
  if (error instanceof UplinkError) return error;
  const code = error instanceof Error && 'code' in error ? Number(error.code) : status.UNKNOWN;
  const why = errorMessage(error);
  const kind = code === status.RESOURCE_EXHAUSTED ? 'limit' : 'transport';
  return new UplinkError(kind, `the stream to the collector broke: ${why}`, error);
}
