import { openStream, type UplinkStream } from '../../agent/uplink/stream.ts';
import { readTls, type TlsMode } from '../../platform/tls.ts';
import {
  decodeResponse,
  encodeRequest,
  type DecodedResponse,
  type Request,
} from '../../proto/codec/session.ts';

/** A stream to a collector that says whatever it is told to, in message or out of it. */
export interface RawSession {
  send(message: Request): Promise<void>;
  sendBytes(bytes: Uint8Array): Promise<void>;
  /** The next answer; undefined when the collector ended the stream. Throws when it broke. */
  next(): Promise<DecodedResponse | undefined>;
  halfClose(): void;
  close(): void;
}

export async function rawSession(port: number, tls: TlsMode): Promise<RawSession> {
  const stream: UplinkStream = openStream({
    target: `localhost:${port}`,
    tls: tls.kind === 'mutual' ? await readTls(tls.files) : undefined,
    maxMessageBytes: 64 * 1024 * 1024,
    keepaliveMs: 10_000,
    keepaliveTimeoutMs: 10_000,
  });
  const messages = stream.messages();
  return {
    send: (message) => stream.write(encodeRequest(message)),
    sendBytes: (bytes) => stream.write(bytes),
    async next() {
      const result = await messages.next();
      return result.done ? undefined : decodeResponse(result.value);
    },
    halfClose: () => stream.halfClose(),
    close: () => stream.close(),
  };
}

/** A hello that is in order, for node-1. */
export function hello(overrides: Partial<NonNullable<Request['hello']>> = {}): Request {
  return {
    hello: {
      protocolMinor: 0,
      agentVersion: 'raw',
      node: 'node-1',
      bootId: 'boot-1',
      epoch: 'epoch-1',
      catalogers: [{ id: 'dpkg', version: 1 }],
      instance: 'raw-1',
      ...overrides,
    },
  };
}
