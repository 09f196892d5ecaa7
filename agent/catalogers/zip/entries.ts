import { Table } from '../bytes/table.ts';
import type { ZipArchive } from './archive.ts';

const ENTRY_MAGIC = 0x02014b50;
const ENTRY_BYTES = 46;
const ZIP64_FIELD = 1;
const UNKNOWN_32 = 0xffffffff;
const ENCRYPTED = 1;

/** More than the longest entry: 46 bytes and three fields of 64 KiB. */
const WINDOW_BYTES = 256 << 10;

/** A file in an archive. */
export interface ZipEntry {
  readonly name: string;
  /** How it is compressed: 0 not at all, 8 by deflate. */
  readonly method: number;
  readonly isEncrypted: boolean;
  readonly compressedSize: number;
  readonly size: number;
  /** Offset of its local header, within the source. */
  readonly headerStart: number;
}

/** A name as it lies in the directory: from `start` up to `end` of these bytes. */
export interface EntryName {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** An entry of the central directory, not decoded: most are of no interest. */
export interface DirectoryEntry {
  readonly name: EntryName;
  decode(): ZipEntry;
}

/**
 * The entries of the central directory, in its order. Ends early where the directory is damaged.
 * At most 256 KiB of it are in memory at a time.
 */
export function* directoryEntries({ source, directory, shift }: ZipArchive): Generator<DirectoryEntry> {
  let read = 0;
  while (read < directory.size) {
    const window = source.read(directory.start + read, Math.min(WINDOW_BYTES, directory.size - read));
    // A plain array: those of Node take five times as long to look into.
    const bytes = new Uint8Array(window.buffer, window.byteOffset, window.length);
    const table = new Table(bytes, true);
    let at = 0;
    while (at + ENTRY_BYTES <= bytes.length) {
      if (table.u32(at) !== ENTRY_MAGIC) return;
      const start = at;
      const name = { bytes, start: start + ENTRY_BYTES, end: start + ENTRY_BYTES + table.u16(start + 28) };
      const end = name.end + table.u16(start + 30) + table.u16(start + 32);
      if (end > bytes.length) break;
      yield { name, decode: () => decodeEntry(table, start, name, shift) };
      at = end;
    }
    if (at === 0) return;
    read += at;
  }
}

function decodeEntry(table: Table, at: number, name: EntryName, shift: number): ZipEntry {
  const { size, compressedSize, start } = sizesOf(table, at, name.end);
  return {
    name: new TextDecoder().decode(name.bytes.subarray(name.start, name.end)),
    method: table.u16(at + 10),
    isEncrypted: (table.u16(at + 8) & ENCRYPTED) !== 0,
    size,
    compressedSize,
    headerStart: start + shift,
  };
}

interface Sizes {
  readonly size: number;
  readonly compressedSize: number;
  readonly start: number;
}

/** Those that do not fit have 64 bits in an extra field instead, in this order. */
function sizesOf(table: Table, at: number, extraStart: number): Sizes {
  const sizes = { size: table.u32(at + 24), compressedSize: table.u32(at + 20), start: table.u32(at + 42) };
  if (!Object.values(sizes).includes(UNKNOWN_32)) return sizes;
  const extraEnd = extraStart + table.u16(at + 30);
  for (let field = extraStart; field + 4 <= extraEnd; field += 4 + table.u16(field + 2)) {
    if (table.u16(field) !== ZIP64_FIELD) continue;
    const end = Math.min(extraEnd, field + 4 + table.u16(field + 2));
    let next = field + 4;
    const wide = (value: number): number => {
      if (value !== UNKNOWN_32 || next + 8 > end) return value;
      next += 8;
      return table.u64(next - 8);
    };
    const size = wide(sizes.size);
    const compressedSize = wide(sizes.compressedSize);
    return { size, compressedSize, start: wide(sizes.start) };
  }
  return sizes;
}
