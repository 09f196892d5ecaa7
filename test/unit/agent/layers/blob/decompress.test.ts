import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { uncompressed } from '../../../../../agent/layers/blob/decompress.ts';
import { LayerError } from '../../../../../agent/layers/layer-error.ts';
import { heldArrayBuffers } from '../../../../support/garbage.ts';
import { hostileBytes } from '../../../../support/hostile.ts';
import { blobOf } from '../../../../support/layer-reading.ts';

const MEBIBYTE = 1024 * 1024;
const TEXT = Buffer.from(Array.from({ length: 20_000 }, (_, at) => `line ${at * at}\n`).join(''));
const [FIRST, SECOND] = [TEXT.subarray(0, 90_000), TEXT.subarray(90_000)];
const SKIPPABLE = Buffer.from([0x5e, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
const EMPTY_SKIPPABLE = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]);

function checksummed(bytes: Uint8Array): Buffer {
  return zstdCompressSync(bytes, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
}

/** Copies, for a piece is valid until the next one only. */
async function buffer(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const copies: Buffer[] = [];
  for await (const piece of pieces) copies.push(Buffer.from(piece));
  return Buffer.concat(copies);
}

const blobs: Readonly<Record<string, Buffer>> = {
  'no compression': TEXT,
  gzip: gzipSync(TEXT),
  'gzip of several members': Buffer.concat([gzipSync(FIRST), gzipSync(SECOND)]),
  zstd: zstdCompressSync(TEXT),
  'zstd with checksums': checksummed(TEXT),
  'zstd of several frames': Buffer.concat([checksummed(FIRST), zstdCompressSync(SECOND)]),
  'zstd with skippable frames': Buffer.concat([
    SKIPPABLE,
    zstdCompressSync(FIRST),
    EMPTY_SKIPPABLE,
    checksummed(Buffer.alloc(0)),
    checksummed(SECOND),
    SKIPPABLE,
  ]),
};

for (const [name, blob] of Object.entries(blobs)) {
  test(`${name} is undone, whatever the pieces it comes in`, async () => {
    for (const size of [1_000_000, 4096, 333]) {
      assert.ok((await buffer(uncompressed(blobOf(blob, size)()))).equals(TEXT), String(size));
    }
  });
}

test('zstd frames are found in pieces of any size', async () => {
  const small = Buffer.from('tallyman '.repeat(9));
  const blob = Buffer.concat([SKIPPABLE, checksummed(small), zstdCompressSync(small), EMPTY_SKIPPABLE]);
  for (let size = 1; size < blob.length; size++) {
    const found = await buffer(uncompressed(blobOf(blob, size)()));
    assert.equal(found.toString(), small.toString() + small.toString(), String(size));
  }
});

test('an empty blob is empty', async () => {
  assert.equal((await buffer(uncompressed(blobOf(Buffer.alloc(0))()))).length, 0);
});

async function fails(blob: AsyncIterable<Uint8Array>, code: string, signal?: AbortSignal): Promise<void> {
  await assert.rejects(buffer(uncompressed(blob, signal)), (error) => {
    assert.ok(error instanceof LayerError, String(error));
    assert.equal(error.code, code);
    return true;
  });
}

test('what is cut or broken is malformed, other compressions are not supported', async () => {
  await fails(blobOf(gzipSync(TEXT).subarray(0, -9))(), 'malformed');
  await fails(blobOf(zstdCompressSync(TEXT).subarray(0, -9))(), 'malformed');
  await fails(blobOf(Buffer.concat([zstdCompressSync(TEXT), Buffer.from('anything')]))(), 'malformed');
  await fails(blobOf(Buffer.concat([gzipSync(TEXT).subarray(0, 500), Buffer.alloc(500, 7)]))(), 'malformed');
  await fails(blobOf(Buffer.from('BZh91AY&SY'))(), 'unsupported');
  await fails(blobOf(Buffer.from('\xfd7zXZ\0', 'latin1'))(), 'unsupported');
});

test('a source that fails is unreadable', async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield gzipSync(TEXT).subarray(0, 1000);
    throw new Error('the daemon went away');
  }
  await fails(broken(), 'unreadable');
});

test('a source that hangs is left when the signal says so', async () => {
  const abort = new AbortController();
  async function* hanging(): AsyncGenerator<Uint8Array> {
    yield gzipSync(TEXT).subarray(0, 1000);
    abort.abort(new Error('enough'));
    await new Promise(() => undefined);
  }
  await assert.rejects(buffer(uncompressed(hanging(), abort.signal)), /enough/);
});

test('the source is closed when its reader stops early', async () => {
  let isClosed = false;
  async function* source(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield gzipSync(TEXT);
    } finally {
      isClosed = true;
    }
  }
  for await (const piece of uncompressed(source())) if (piece.length > 0) break;
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(isClosed, true);
});

test('what has been read of a long stream is let go', async () => {
  const pieces = 320;
  async function* long(): AsyncGenerator<Uint8Array> {
    for (let piece = 0; piece < pieces; piece++) yield new Uint8Array(MEBIBYTE);
  }
  const before = heldArrayBuffers();
  const held: number[] = [];
  let at = 0;
  for await (const piece of uncompressed(long(), new AbortController().signal)) {
    assert.ok(piece.length > 0);
    if (++at % 64 === 0) held.push(heldArrayBuffers() - before);
  }
  assert.equal(held.length, pieces / 64);
  assert.ok(Math.max(...held) < 64 * MEBIBYTE, String(held));
});

test('any bytes give bytes or a LayerError', async () => {
  await fc.assert(
    fc.asyncProperty(hostileBytes(zstdCompressSync(FIRST), gzipSync(FIRST)), async (bytes) => {
      try {
        await buffer(uncompressed(blobOf(bytes, 1000)()));
      } catch (error) {
        assert.ok(error instanceof LayerError, String(error));
      }
    }),
    { numRuns: 300 },
  );
});
