import { LayerError } from '../layer-error.ts';

/** Everything in a tar comes in blocks of this many bytes. */
export const BLOCK_BYTES = 512;

/** One 512-byte header as it stands, before pax and GNU extensions change it. */
export interface RawHeader {
  /** As byte strings (see `textOf`). */
  readonly name: string;
  readonly linkName: string;
  /** A character: `0` file, `1` hard link, `2` symlink, `3` and `4` devices, `5` folder, `6` FIFO, others as below. */
  readonly typeFlag: string;
  /** Bytes of content that follow, rounded up to whole blocks. */
  readonly size: number;
  readonly mode: number;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
  /** Old GNU sparse files: more blocks of the map come before the content. */
  readonly isSparseMapExtended: boolean;
}

/**
 * Reads a header, or `undefined` for a block of zeros, two of which end a tar.
 * Sources: POSIX.1-2017 pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format". Where they are silent we do
 * as Go's archive/tar does, for that is what unpacks images.
 * Throws a LayerError `malformed`.
 */
export function parseHeader(block: Buffer): RawHeader | undefined {
  if (block[0] === 0 && block.every((byte) => byte === 0)) return undefined;
  if (!hasRightChecksum(block))
    throw new LayerError('malformed', 'the tar has a header with a wrong checksum');
  const isPosix = string(block, 257, 6) === 'ustar' && string(block, 263, 2) === '00';
  const isGnu = string(block, 257, 8) === 'ustar  ';
  const prefix = isPosix ? string(block, 345, 155) : '';
  const name = string(block, 0, 100);
  const hasDevice = isPosix || isGnu;
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    linkName: string(block, 157, 100),
    typeFlag: String.fromCharCode(block[156] ?? 0),
    size: number(block, 124, 12),
    mode: number(block, 100, 8) & 0o7777,
    deviceMajor: hasDevice ? number(block, 329, 8) : 0,
    deviceMinor: hasDevice ? number(block, 337, 8) : 0,
    isSparseMapExtended: isGnu && block[482] !== 0,
  };
}

/** True when another block of an old GNU sparse map follows this one. */
export function isMapContinued(block: Buffer): boolean {
  return block[504] !== 0;
}

/** Up to the first NUL, as a byte string. */
export function string(bytes: Buffer, at: number, length: number): string {
  let end = at;
  while (end < at + length && bytes[end] !== 0) end++;
  return bytes.toString('latin1', at, end);
}

/** Octal text, or base-256 when the first bit is set (GNU tar manual, "Extensions to the Archive Format"). */
function number(block: Buffer, at: number, length: number): number {
  const first = block[at] ?? 0;
  if ((first & 0x80) !== 0) {
    if ((first & 0x40) !== 0) throw new LayerError('malformed', 'the tar has a negative number in a header');
    let value = first & 0x3f;
    for (let next = at + 1; next < at + length; next++) value = value * 256 + (block[next] ?? 0);
    if (!Number.isSafeInteger(value))
      throw new LayerError('malformed', 'the tar has a number out of range in a header');
    return value;
  }
  const text = string(block, at, length).trim();
  if (text === '') return 0;
  if (!/^[0-7]+$/.test(text)) throw new LayerError('malformed', 'the tar has a header with a broken number');
  return Number.parseInt(text, 8);
}

/** The sum of all bytes with the sum itself as spaces; some old tars took the bytes as signed. */
function hasRightChecksum(block: Buffer): boolean {
  const text = string(block, 148, 8).trim();
  if (!/^[0-7]+$/.test(text)) return false;
  let unsigned = 0;
  let signed = 0;
  for (let at = 0; at < BLOCK_BYTES; at++) {
    const byte = at >= 148 && at < 156 ? 0x20 : (block[at] ?? 0);
    unsigned += byte;
    signed += byte < 0x80 ? byte : byte - 0x100;
  }
  const sum = Number.parseInt(text, 8);
  return sum === unsigned || sum === signed;
}
