import { damaged } from './database-error.ts';

/** rpm itself takes 256 MiB; the largest packages of distributions have 10. */
export const MAX_VALUE_BYTES = 32 * 1024 * 1024;

/** Puts the pieces of one value after another together, in memory that the next value uses again. */
export interface ByteGatherer {
  start(): void;
  append(piece: Uint8Array): void;
  /** All since `start`; valid until the next `start`. */
  bytes(): Uint8Array;
}

/** What a value costs besides its bytes. */
const VALUE_OVERHEAD = 16;

/**
 * Memory grows with what was read, never with what a length field claims. Throws once all values together are far
 * larger than their database: then they lie over each other, and there may be no end of them.
 */
export function byteGatherer(databaseBytes: number): ByteGatherer {
  const most = databaseBytes * 2;
  let buffer = new Uint8Array(64 * 1024);
  let length = 0;
  let total = 0;
  return {
    start() {
      length = 0;
      total += VALUE_OVERHEAD;
      if (total > most) throw damaged('values lie over each other');
    },
    append(piece) {
      total += piece.length;
      if (total > most) throw damaged('values lie over each other');
      if (length + piece.length > MAX_VALUE_BYTES)
        throw damaged(`a value of more than ${MAX_VALUE_BYTES} bytes`);
      if (length + piece.length > buffer.length) {
        const larger = new Uint8Array(Math.max(length + piece.length, buffer.length * 2));
        larger.set(buffer.subarray(0, length));
        buffer = larger;
      }
      buffer.set(piece, length);
      length += piece.length;
    },
    bytes: () => buffer.subarray(0, length),
  };
}

/** A view for numbers at offsets; reading outside of the bytes throws a RangeError, so check first. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
