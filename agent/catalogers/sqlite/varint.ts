import { damaged } from '../package-database/database-error.ts';

/**
 * Reads SQLite's variable-length number: seven bits a byte, highest first, the ninth byte whole.
 * Exact up to 2^53; larger ones only need to be seen to be too large.
 */
export function readVarint(
  bytes: Uint8Array,
  offset: number,
): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let at = 0; at < 9; at += 1) {
    const byte = bytes[offset + at];
    if (byte === undefined) throw damaged('a number lies outside of its page');
    if (at === 8) return { value: value * 256 + byte, end: offset + 9 };
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return { value, end: offset + at + 1 };
  }
  throw damaged('a number without end');
}
