import { isUtf8 } from 'node:buffer';

/**
 * Names on Linux are bytes. They come from the kernel and from tars as byte strings (one UTF-16 unit a byte, Latin-1)
 * and leave as text: UTF-8 where it is that, else with each odd byte as U+DC00 plus the byte, so that no two names
 * fall together and the way back is exact. Source: PEP 383, "surrogateescape".
 */
export function textOf(bytes: string): string {
  return isAscii(bytes) ? bytes : decode(Buffer.from(bytes, 'latin1'));
}

/** The byte string of a text made by `textOf`. */
export function bytesOf(text: string): string {
  if (isAscii(text)) return text;
  if (text.isWellFormed()) return Buffer.from(text).toString('latin1');
  let bytes = '';
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const isEscape = code >= 0xdc80 && code <= 0xdcff;
    bytes += isEscape ? String.fromCharCode(code - 0xdc00) : Buffer.from(character).toString('latin1');
  }
  return bytes;
}

/** What to hand to `node:fs` for a path given as a byte string. */
export function systemPath(bytes: string): string | Buffer {
  return isAscii(bytes) ? bytes : Buffer.from(bytes, 'latin1');
}

function isAscii(text: string): boolean {
  // oxlint-disable-next-line no-control-regex
  return !/[^\x00-\x7f]/.test(text);
}

function decode(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  let text = '';
  let at = 0;
  while (at < bytes.length) {
    const lead = bytes[at] ?? 0;
    const width = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const sequence = bytes.subarray(at, at + width);
    if (sequence.length === width && isUtf8(sequence)) {
      text += sequence.toString('utf8');
      at += width;
    } else {
      text += String.fromCharCode(0xdc00 + lead);
      at++;
    }
  }
  return text;
}
