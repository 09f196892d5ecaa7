import type { EntryKind } from './layer.ts';

/** Before the entries of an index. */
export const HEADER_BYTES = 9;
/** Where the short form of a length ends. */
export const LONG = 31;
/** Kinds by their codes. */
export const KINDS: readonly EntryKind[] = ['file', 'directory', 'opaque', 'symlink', 'whiteout', 'other'];
/** A UTF-16 unit takes at most so many. */
export const BYTES_A_UNIT = 3;

/** Where a reader of bytes is. */
export interface Cursor {
  at: number;
}

/**
 * Longest path and symlink target, in UTF-16 units. Linux has no longer ones (PATH_MAX, limits.h);
 * without a bound, a short encoding could unfold to an immense list.
 */
export const MAX_PATH_UNITS = 4096;

export function malformed(): Error {
  return new Error('malformed layer index');
}

/** Writes a text at `at`; returns where it ends. */
export function putText(bytes: Uint8Array, at: number, text: string): number {
  for (let unit = 0; unit < text.length; unit++) {
    let code = text.charCodeAt(unit);
    if (code < 0x80) {
      bytes[at++] = code;
      continue;
    }
    code = text.codePointAt(unit) ?? code;
    if (code < 0x800) {
      bytes[at++] = 0xc0 | (code >> 6);
      bytes[at++] = 0x80 | (code & 0x3f);
    } else if (code < 0x10000) {
      bytes[at++] = 0xe0 | (code >> 12);
      bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
      bytes[at++] = 0x80 | (code & 0x3f);
    } else {
      bytes[at++] = 0xf0 | (code >> 18);
      bytes[at++] = 0x80 | ((code >> 12) & 0x3f);
      bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
      bytes[at++] = 0x80 | (code & 0x3f);
      unit++;
    }
  }
  return at;
}

/** Reads a text of so many bytes. Throws an Error where they are none. */
export function takeText(bytes: Uint8Array, cursor: Cursor, length: number): string {
  let at = cursor.at;
  const end = at + length;
  if (end > bytes.length || length > 4 * MAX_PATH_UNITS) throw malformed();
  cursor.at = end;
  let text = '';
  while (at < end) {
    const lead = bytes[at] ?? 0;
    if (lead < 0x80) {
      text += String.fromCharCode(lead);
      at++;
      continue;
    }
    const width = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc0 || lead > 0xf4 || at + width > end) throw malformed();
    let code = lead & (0xff >> (width + 1));
    for (let next = at + 1; next < at + width; next++) code = (code << 6) | ((bytes[next] ?? 0) & 0x3f);
    if (code > 0x10ffff) throw malformed();
    text += String.fromCodePoint(code);
    at += width;
  }
  return text;
}

/** Unsigned LEB128, at most three bytes: nothing here is longer than 2^21. */
export function putVarint(bytes: Uint8Array, at: number, value: number): number {
  while (value >= 0x80) {
    bytes[at++] = (value & 0x7f) | 0x80;
    value >>>= 7;
  }
  bytes[at++] = value;
  return at;
}

export function takeVarint(bytes: Uint8Array, cursor: Cursor): number {
  let value = 0;
  for (let shift = 0; shift <= 14; shift += 7) {
    const byte = takeByte(bytes, cursor);
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  throw malformed();
}

export function takeByte(bytes: Uint8Array, cursor: Cursor): number {
  const byte = bytes[cursor.at];
  if (byte === undefined) throw malformed();
  cursor.at++;
  return byte;
}
