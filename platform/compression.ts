import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/** Far above anything that is stored; keeps a damaged frame from claiming all memory. */
const MOST_BYTES = 512 * 1024 * 1024;

/** With a checksum, so that damage on disk is noticed. */
const parameters = {
  [constants.ZSTD_c_compressionLevel]: 3,
  [constants.ZSTD_c_checksumFlag]: 1,
};

export function compress(bytes: Uint8Array): Uint8Array {
  return zstdCompressSync(bytes, { params: parameters });
}

/** Throws where the bytes are damaged. */
export function decompress(bytes: Uint8Array): Buffer {
  return zstdDecompressSync(bytes, { maxOutputLength: MOST_BYTES });
}

export function compressJson(value: unknown): Uint8Array {
  return compress(Buffer.from(JSON.stringify(value), 'utf8'));
}

/** What `compressJson` was given. Throws where the bytes are damaged. */
export function decompressJson(bytes: Uint8Array): unknown {
  return JSON.parse(decompress(bytes).toString('utf8'));
}
