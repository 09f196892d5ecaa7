import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import protobuf from 'protobufjs';
// Gives `Root` its `fromDescriptor`.
import 'protobufjs/ext/descriptor.js';
import { openStream } from '../../agent/uplink/stream.ts';
import { BUCKET_COUNT } from '../../core/state-tree.ts';
import { readTls, type TlsFiles } from '../../platform/tls.ts';

// Both ends of the session as the last release spoke them: its messages and nothing that came later.

const BASELINE = new URL('../../proto/baseline.binpb', import.meta.url);
const SESSION_PATH = '/tallyman.v1.UplinkService/Session';

const WELCOME = { welcome: { beatIntervalMs: 100, credit: { contentBytes: 1 << 22, contentItems: 16 } } };

type Fields = Readonly<Record<string, unknown>>;

/** A message as the last release understands it. */
export interface ReleasedMessage {
  /** Undefined: of no kind that it knew. */
  readonly kind: string | undefined;
  readonly fields: Fields;
}

export interface ReleasedProtocol {
  encodeRequest(message: Fields): Uint8Array;
  encodeResponse(message: Fields): Uint8Array;
  decodeRequest(bytes: Uint8Array): ReleasedMessage;
  decodeResponse(bytes: Uint8Array): ReleasedMessage;
}

export function releasedProtocol(): ReleasedProtocol {
  const root = protobuf.Root.fromDescriptor(readFileSync(BASELINE));
  const request = root.lookupType('tallyman.v1.SessionRequest');
  const response = root.lookupType('tallyman.v1.SessionResponse');
  return {
    encodeRequest: (message) => encode(request, message),
    encodeResponse: (message) => encode(response, message),
    decodeRequest: (bytes) => decode(request, bytes),
    decodeResponse: (bytes) => decode(response, bytes),
  };
}

function encode(type: protobuf.Type, message: Fields): Uint8Array {
  return type.encode(type.fromObject(message)).finish();
}

function decode(type: protobuf.Type, bytes: Uint8Array): ReleasedMessage {
  const fields = type.toObject(type.decode(bytes), { longs: Number, oneofs: true }) as Fields;
  const kind = fields['message'];
  return typeof kind === 'string'
    ? { kind, fields: fields[kind] as Fields }
    : { kind: undefined, fields: {} };
}

/** An agent of the last release, with a stream to a collector. */
export interface ReleasedAgent {
  say(message: Fields): Promise<void>;
  /** The fields of the collector's next message, which must be of that kind. */
  hear(kind: string): Promise<Fields>;
  close(): void;
}

export async function releasedAgent(
  protocol: ReleasedProtocol,
  port: number,
  files: TlsFiles,
): Promise<ReleasedAgent> {
  const stream = openStream({
    target: `localhost:${port}`,
    tls: await readTls(files),
    maxMessageBytes: 1 << 20,
    keepaliveMs: 60_000,
    keepaliveTimeoutMs: 60_000,
  });
  const messages = stream.messages();
  return {
    say: (message) => stream.write(protocol.encodeRequest(message)),
    async hear(kind) {
      const { value } = await messages.next();
      assert.ok(value);
      const message = protocol.decodeResponse(value);
      assert.equal(message.kind, kind);
      return message.fields;
    },
    close: () => stream.close(),
  };
}

/** A collector of the last release: it wants all content, and keeps what it is sent. */
export interface ReleasedCollector {
  readonly port: number;
  /** Kinds of the messages received, in order. */
  readonly received: readonly (string | undefined)[];
  /** May be falsified: it holds what is in here. */
  readonly stateKeys: Set<string>;
  readonly content: ReadonlySet<string>;
  readonly eventNumbers: readonly number[];
  /** Sends a message on every session. */
  send(message: Fields): void;
  stop(): void;
}

/** `welcome`: what it answers a hello with. Without `tls` it speaks plain text. */
export async function releasedCollector(
  protocol: ReleasedProtocol,
  welcome: readonly Fields[] = [WELCOME],
  tls?: TlsFiles,
): Promise<ReleasedCollector> {
  const received: (string | undefined)[] = [];
  const stateKeys = new Set<string>();
  const content = new Set<string>();
  const eventNumbers: number[] = [];
  const calls = new Set<ServerDuplexStream<Uint8Array, Uint8Array>>();

  function answer({ kind, fields }: ReleasedMessage): readonly Fields[] {
    switch (kind) {
      case 'hello':
        return welcome;
      case 'stateChange':
        for (const { key } of list(fields['upserts'])) stateKeys.add(String(key));
        for (const key of (fields['deletes'] ?? []) as readonly string[]) stateKeys.delete(key);
        return [{ stateStored: { stateRoot: fields['stateRoot'] } }];
      case 'bucketHashes':
        stateKeys.clear();
        return [{ bucketRequest: { buckets: Array.from({ length: BUCKET_COUNT }, (_, at) => at) } }];
      case 'bucketState':
        for (const { key } of list(fields['items'])) stateKeys.add(String(key));
        return fields['complete'] === true ? [{ stateStored: { stateRoot: fields['stateRoot'] } }] : [];
      case 'contentOffer':
        return [
          { contentWant: { wanted: list(fields['refs']).map((ref) => ({ ref, lease: 1, leaseMs: 1000 })) } },
        ];
      case 'contentChunk':
        if (fields['last'] !== true) return [];
        content.add(String((fields['ref'] as Fields)['key']));
        return [{ contentStored: { ref: fields['ref'] } }, { credit: { contentItems: 1 } }];
      case 'eventBatch':
        eventNumbers.push(...list(fields['events']).map(({ number }) => Number(number)));
        return [{ eventAck: { epoch: fields['epoch'], upTo: eventNumbers.at(-1) } }];
      case undefined:
      default:
        return [];
    }
  }

  const asIs = (bytes: Uint8Array): Buffer => Buffer.from(bytes);
  const server = new Server();
  server.addService(
    {
      session: {
        path: SESSION_PATH,
        requestStream: true,
        responseStream: true,
        requestSerialize: asIs,
        requestDeserialize: asIs,
        responseSerialize: asIs,
        responseDeserialize: asIs,
      },
    },
    {
      session(call: ServerDuplexStream<Uint8Array, Uint8Array>) {
        calls.add(call);
        call.on('data', (bytes: Uint8Array) => {
          const message = protocol.decodeRequest(bytes);
          received.push(message.kind);
          for (const one of answer(message)) call.write(protocol.encodeResponse(one));
        });
        call.on('end', () => call.end());
        call.on('error', () => undefined);
        call.on('close', () => calls.delete(call));
      },
    },
  );
  const credentials = tls === undefined ? ServerCredentials.createInsecure() : credentialsOf(tls);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  return {
    port,
    received,
    stateKeys,
    content,
    eventNumbers,
    send(message) {
      for (const call of calls) call.write(protocol.encodeResponse(message));
    },
    stop: () => server.forceShutdown(),
  };
}

function list(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? (value as readonly Fields[]) : [];
}

function credentialsOf({ caFile, certFile, keyFile }: TlsFiles): ServerCredentials {
  const pair = { cert_chain: readFileSync(certFile), private_key: readFileSync(keyFile) };
  return ServerCredentials.createSsl(readFileSync(caFile), [pair], true);
}
