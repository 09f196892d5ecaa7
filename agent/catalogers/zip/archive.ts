import type { ByteSource } from '../bytes/source.ts';
import { Table, tableAt } from '../bytes/table.ts';
import { ZipError } from './zip-error.ts';

const END_MAGIC = 0x06054b50;
const END_BYTES = 22;
const END64_MAGIC = 0x06064b50;
const END64_BYTES = 56;
const LOCATOR_MAGIC = 0x07064b50;
const LOCATOR_BYTES = 20;
const ENTRY_MAGIC = 0x02014b50;

/** How much of the end to search: mostly there is no comment, and a small directory is read along; else the longest one. */
const TAIL_BYTES = [8 << 10, END_BYTES + 0xffff + LOCATOR_BYTES];

/** A zip archive: where its central directory lies. */
export interface ZipArchive {
  readonly source: ByteSource;
  /** Offset and length of the central directory, within the source. */
  readonly directory: { readonly start: number; readonly size: number };
  /** What to add to every offset that the archive states: bytes before it, such as a script, that it does not count. */
  readonly shift: number;
}

/**
 * Finds the central directory. Undefined when this is no zip archive; throws a ZipError when it is a broken one.
 * Whatever stands before the archive is passed over.
 * Source: PKWARE's APPNOTE 6.3, sections 4.3.14 to 4.3.16.
 */
export function openZip(source: ByteSource): ZipArchive | undefined {
  for (const bytes of TAIL_BYTES) {
    const start = Math.max(0, source.size - bytes);
    const tail = new Table(source.read(start, bytes), true);
    const at = findEnd(tail);
    if (at !== undefined) return openAt(tail, start, at, source);
  }
  return undefined;
}

function openAt(tail: Table, tailStart: number, at: number, source: ByteSource): ZipArchive {
  const cached = withTail(source, tail.bytes, tailStart);
  const { size, start, end } = readEnd64(cached, tailStart + at) ?? {
    size: tail.u32(at + 12),
    start: tail.u32(at + 16),
    end: tailStart + at,
  };
  if (size === 0) return { source: cached, directory: { start: end, size: 0 }, shift: 0 };
  // Right before its end, or, when something lies between, where the end says. Streaming tools may say neither.
  const places = [
    { start: end - size, shift: Math.max(0, end - size - start) },
    { start, shift: 0 },
  ];
  for (const { start: place, shift } of places) {
    if (place + size > end || tableAt(cached, place, 4, true)?.u32(0) !== ENTRY_MAGIC) continue;
    return { source: cached, directory: { start: place, size }, shift };
  }
  throw new ZipError(
    'malformed',
    'the zip archive is cut off or damaged: its directory is not where its end says',
  );
}

/** The last end record whose comment fits behind it. */
function findEnd(tail: Table): number | undefined {
  for (let at = tail.bytes.length - END_BYTES; at >= 0; at -= 1) {
    if (tail.bytes[at] !== 0x50 || tail.u32(at) !== END_MAGIC) continue;
    if (at + END_BYTES + tail.u16(at + 20) <= tail.bytes.length) return at;
  }
  return undefined;
}

interface Ending {
  readonly start: number;
  readonly size: number;
  /** Where the directory must have ended. */
  readonly end: number;
}

/** The end record of large archives, when a locator for it stands before the plain one. */
function readEnd64(source: ByteSource, end: number): Ending | undefined {
  const locator = tableAt(source, end - LOCATOR_BYTES, LOCATOR_BYTES, true);
  if (locator?.u32(0) !== LOCATOR_MAGIC) return undefined;
  for (const at of [end - LOCATOR_BYTES - END64_BYTES, locator.u64(8)]) {
    const record = tableAt(source, at, END64_BYTES, true);
    if (record?.u32(0) === END64_MAGIC) return { size: record.u64(40), start: record.u64(48), end: at };
  }
  return undefined;
}

/** Saves reading what was read already. */
function withTail(source: ByteSource, tail: Uint8Array, start: number): ByteSource {
  return {
    size: source.size,
    read(offset, length) {
      const inTail = offset >= start && offset + length <= start + tail.length;
      return inTail ? tail.subarray(offset - start, offset - start + length) : source.read(offset, length);
    },
  };
}
