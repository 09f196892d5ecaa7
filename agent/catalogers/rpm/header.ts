import { viewOf } from '../package-database/byte-gatherer.ts';
import { damaged } from '../package-database/database-error.ts';

/** The header of one package: values by tag number. A tag that is there but cannot be read throws. */
export interface RpmHeader {
  /** First string of a string, string array or translated string. */
  string(tag: number): string | undefined;
  /** All, or the first `most`. */
  strings(tag: number, most?: number): readonly string[];
  /** Unsigned, of 16 or 32 bits. */
  numbers(tag: number): readonly number[];
}

interface Entry {
  readonly type: number;
  readonly offset: number;
  readonly count: number;
}

const ENTRY_BYTES = 16;
/** rpm's own bound on the entries of a header. */
const MAX_ENTRIES = 0xffff;
/** The largest packages have 200,000 files. */
const MAX_VALUES = 1024 * 1024;
const INT16 = 3;
const INT32 = 4;
const STRING_TYPES: ReadonlySet<number> = new Set([6, 8, 9]);

/**
 * Reads a header as databases store it, without the magic that package files put before it:
 * the number of entries, the length of the values, the entries, the values; all numbers big-endian.
 * Entries after the immutable region ("dribbles") replace those in it, so the last entry of a tag counts;
 * the regions' own entries (tags 61 to 63) say nothing that is needed here.
 * Source: rpm's manual, "Package format", section "Header".
 */
export function parseHeader(blob: Uint8Array): RpmHeader {
  if (blob.length < 8) throw damaged('a header of less than 8 bytes');
  const view = viewOf(blob);
  const entryCount = view.getUint32(0);
  const dataLength = view.getUint32(4);
  const dataStart = 8 + entryCount * ENTRY_BYTES;
  if (entryCount > MAX_ENTRIES || dataStart + dataLength > blob.length) {
    throw damaged(
      `a header of ${blob.length} bytes that is to hold ${entryCount} entries and ${dataLength} bytes`,
    );
  }
  const entries = new Map<number, Entry>();
  for (let at = 8; at < dataStart; at += ENTRY_BYTES) {
    entries.set(view.getUint32(at), {
      type: view.getUint32(at + 4),
      offset: view.getUint32(at + 8),
      count: view.getUint32(at + 12),
    });
  }
  const values = blob.subarray(dataStart, dataStart + dataLength);
  const decoder = new TextDecoder();

  function strings(tag: number, most = Infinity): readonly string[] {
    const entry = entries.get(tag);
    if (entry === undefined) return [];
    if (!STRING_TYPES.has(entry.type)) throw damaged(`tag ${tag} is of type ${entry.type}, not text`);
    const count = Math.min(entry.count, most);
    if (count > MAX_VALUES) throw damaged(`tag ${tag} has ${count} texts`);
    if (count === 0) return [];
    let end = entry.offset - 1;
    for (let left = count; left > 0; left -= 1) {
      const next = values.indexOf(0, end + 1);
      if (next === -1) throw damaged(`the text of tag ${tag} leads out of its header`);
      end = next;
    }
    return decoder.decode(values.subarray(entry.offset, end)).split('\0');
  }

  function numbers(tag: number): readonly number[] {
    const entry = entries.get(tag);
    if (entry === undefined) return [];
    if (entry.type !== INT16 && entry.type !== INT32) {
      throw damaged(`tag ${tag} is of type ${entry.type}, not a number`);
    }
    const width = entry.type === INT16 ? 2 : 4;
    if (entry.count > MAX_VALUES || entry.offset + entry.count * width > values.length) {
      throw damaged(`the numbers of tag ${tag} lead out of their header`);
    }
    const start = dataStart + entry.offset;
    return Array.from({ length: entry.count }, (_, at) =>
      width === 2 ? view.getUint16(start + at * 2) : view.getUint32(start + at * 4),
    );
  }

  return { string: (tag) => strings(tag, 1)[0], strings, numbers };
}
