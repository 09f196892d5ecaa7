import { createHash } from 'node:crypto';
import { RuntimeError } from '../runtime.ts';
import type { Connection } from './connection.ts';
import { hasCode } from './errors.ts';
import { contentInfo, readContent } from './methods.ts';

/** How much of a layer is asked for at a time, and so how much of it is ever in memory. */
const WINDOW_BYTES = 1024 * 1024;
/** What gRPC and protobuf put around the bytes in an answer's buffer is less. */
const FRAMING_BYTES = 64;
/** An answer of so many bytes never shares its buffer with another: Node's HTTP/2 hands out at most this many at once. */
const SHARED_BYTES = 64 * 1024;

/** Reads a whole small blob and checks its digest. `not-found` when the namespace does not hold it. */
export async function readBlob(
  connection: Connection,
  namespace: string,
  blob: { readonly digest: string; readonly size: number },
  signal: AbortSignal,
): Promise<Buffer> {
  const bytes = await readWindow(connection, namespace, blob.digest, 0, blob.size, signal);
  const algorithm = blob.digest.slice(0, blob.digest.indexOf(':'));
  const digest = `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
  if (digest !== blob.digest) {
    throw new RuntimeError('failed', `blob ${blob.digest} is damaged: its digest is ${digest}`);
  }
  return bytes;
}

/**
 * Reads a blob of any size in order; a window is asked for only when the one before it was consumed, and freed by hand
 * then: to the garbage collector these look small.
 */
export async function* streamBlob(
  connection: Connection,
  namespace: string,
  blob: { readonly digest: string; readonly size: number },
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  for (let offset = 0; offset < blob.size; offset += WINDOW_BYTES) {
    const length = Math.min(WINDOW_BYTES, blob.size - offset);
    const bytes = await readWindow(connection, namespace, blob.digest, offset, length, signal);
    yield bytes;
    free(bytes);
  }
}

/** Bytes of a blob; `undefined` when the namespace does not hold it. */
export async function blobSize(
  connection: Connection,
  namespace: string,
  digest: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  try {
    const { info } = await connection.call(contentInfo, { digest }, { namespace, signal });
    return info?.size ?? 0;
  } catch (error) {
    if (hasCode(error, 'not-found')) return undefined;
    throw error;
  }
}

async function readWindow(
  connection: Connection,
  namespace: string,
  digest: string,
  offset: number,
  length: number,
  signal: AbortSignal,
): Promise<Buffer<ArrayBuffer>> {
  // A size of 0 would ask for all there is.
  if (length === 0) throw new RuntimeError('failed', `blob ${digest} is said to be empty`);
  const bytes = Buffer.allocUnsafeSlow(length);
  let received = 0;
  const request = { digest, offset, size: length };
  for await (const { data } of connection.stream(readContent, request, { namespace, signal })) {
    const { length: count } = data;
    if (received + count <= length) bytes.set(data, received);
    received += count;
    free(data);
    if (received > length) break;
  }
  if (received !== length) {
    throw new RuntimeError('failed', `blob ${digest}: ${received} bytes where ${length} were expected`);
  }
  return bytes;
}

/** By hand, what the garbage collector would leave for long. */
function free({ buffer, length }: Uint8Array): void {
  const isItsOwn = length > SHARED_BYTES && buffer.byteLength < length + FRAMING_BYTES;
  if (isItsOwn && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
