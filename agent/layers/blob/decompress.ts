import type { Transform } from 'node:stream';
import { constants, createGunzip, createZstdDecompress } from 'node:zlib';
import { zstdFrames } from './zstd-frames.ts';
import { layerErrorOf, LayerError } from '../layer-error.ts';
import { systemCode } from '../../../platform/system-error.ts';

const OUTPUT_BYTES = 256 * 1024;
const MAGIC_BYTES = 4;
/** 32 MiB of memory: what the encoders that build images keep to at their best level. */
const MAX_WINDOW_LOG = 25;

export type Compression = 'none' | 'gzip' | 'zstd';

/**
 * Tells a compression by its first four bytes. Sources: RFC 1952, section 2.3.1; RFC 8878, sections 3.1.1 and 3.1.2.
 * Throws a LayerError `unsupported` for other compressions that layers have been seen in.
 */
export function sniffCompression(head: Uint8Array): Compression {
  const [a = 0, b = 0, c = 0, d = 0] = head;
  if (a === 0x1f && b === 0x8b) return 'gzip';
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd';
  // A skippable frame, with which `zstd:chunked` layers may begin.
  if ((a & 0xf0) === 0x50 && b === 0x2a && c === 0x4d && d === 0x18) return 'zstd';
  if (a === 0x42 && b === 0x5a && c === 0x68) throw unsupported('bzip2');
  if (a === 0xfd && b === 0x37 && c === 0x7a && d === 0x58) throw unsupported('xz');
  return 'none';
}

/**
 * The uncompressed bytes of a blob, whatever it was compressed with. Reads no further ahead than one piece; a piece is
 * valid until the next one is asked for.
 * Throws a LayerError: `malformed` for broken compression, and of the source's own kind where that fails.
 */
export async function* uncompressed(
  blob: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const source = fromSource(blob, signal);
  const head: Uint8Array[] = [];
  let headBytes = 0;
  try {
    while (headBytes < MAGIC_BYTES) {
      const { done, value } = await source.next();
      if (done === true) break;
      head.push(value);
      headBytes += value.length;
    }
    const first = Buffer.concat(head);
    const compression = sniffCompression(first);
    if (compression === 'none') {
      yield first;
      yield* source;
      return;
    }
    const compressed = joined(first, source);
    if (compression === 'gzip') yield* transformed(compressed, createGunzip({ chunkSize: OUTPUT_BYTES }));
    else yield* transformed(zstdFrames(compressed), unzstd());
  } finally {
    // Not awaited: a source that hangs would not answer.
    source.return(undefined).catch(() => undefined);
  }
}

async function* joined(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

/** Feeds a transform piece by piece, each only when the one before is used up, and passes on what comes out. */
async function* transformed(
  compressed: AsyncIterable<Uint8Array>,
  transform: Transform,
): AsyncGenerator<Uint8Array> {
  async function feed(): Promise<void> {
    for await (const piece of compressed) await written(transform, piece);
    transform.end();
  }
  // Failures of either side come out where the transform is read.
  feed().catch((error: unknown) => transform.destroy(error instanceof Error ? error : undefined));
  try {
    for await (const piece of transform as AsyncIterable<Uint8Array<ArrayBuffer>>) {
      yield piece;
      if (endsBuffer(piece)) piece.buffer.transfer(0);
    }
  } catch (error) {
    const isCompression = /^(Z|ZSTD)_|^ERR_ZLIB|^ERR_ZSTD/.test(systemCode(error) ?? '');
    if (!isCompression) throw error;
    throw new LayerError(
      'malformed',
      `the layer is cut short or its compression is broken (${systemCode(error)})`,
      { cause: error },
    );
  } finally {
    transform.destroy();
  }
}

/**
 * True for the last piece of one of the transform's output buffers, which it leaves behind then. Freeing them by hand
 * keeps some 60 MiB of them from waiting for the garbage collector, to which they look small.
 */
function endsBuffer({ buffer, byteOffset, byteLength }: Uint8Array): boolean {
  return buffer.byteLength === OUTPUT_BYTES && byteOffset + byteLength === OUTPUT_BYTES;
}

function written(transform: Transform, piece: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    transform.write(piece, (error) => (error ? reject(error) : resolve()));
  });
}

/** Passes the source on, and gives up waiting for it when the signal says so. */
async function* fromSource(
  blob: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const iterator = blob[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await nextOf(iterator, signal);
      if (done === true) return;
      yield value;
    }
  } catch (error) {
    throw signal?.aborted === true ? error : layerErrorOf(error, 'the layer blob');
  } finally {
    // Not awaited: a source that hangs in `next` would never answer.
    iterator.return?.().catch(() => undefined);
  }
}

/**
 * The next piece, or the signal's reason as soon as it aborts. No `Promise.race` with one promise for the whole stream:
 * that promise would keep every piece that ever won.
 */
function nextOf(
  iterator: AsyncIterator<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<IteratorResult<Uint8Array>> {
  if (signal === undefined) return iterator.next();
  const { promise, resolve, reject } = Promise.withResolvers<IteratorResult<Uint8Array>>();
  const abort = (): void => reject(signal.reason);
  signal.throwIfAborted();
  signal.addEventListener('abort', abort, { once: true });
  iterator.next().then(resolve, reject);
  return promise.finally(() => signal.removeEventListener('abort', abort));
}

function unzstd(): Transform {
  return createZstdDecompress({
    chunkSize: OUTPUT_BYTES,
    params: { [constants.ZSTD_d_windowLogMax]: MAX_WINDOW_LOG },
  });
}

function unsupported(name: string): LayerError {
  return new LayerError(
    'unsupported',
    `the layer is compressed with ${name}; gzip, zstd and none can be read`,
  );
}
