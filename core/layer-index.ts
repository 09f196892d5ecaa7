import {
  BYTES_A_UNIT,
  HEADER_BYTES,
  KINDS,
  LONG,
  malformed,
  MAX_PATH_UNITS,
  putText,
  putVarint,
  takeByte,
  takeText,
  takeVarint,
} from './index-bytes.ts';
import { findEntries } from './index-search.ts';
import type { DiffId, EntryKind, LayerEntry, LayerIndex } from './layer.ts';

export { MAX_PATH_UNITS };

/**
 * A layer's names as bytes, about 30 of them a name. Ours alone; it stays on the node. Version 1:
 *
 *     header   4 bytes `TLX` 1 · 1 byte flags (1: opaque-blind) · 4 bytes number of entries, little-endian
 *     entry    varint: ASCII characters shared with the path before
 *              byte: kind in the low 3 bits, bytes of the rest of the path in the high 5;
 *                    31 there means 31 plus a varint that follows
 *              the rest of the path
 *              of a symlink: varint: bytes of the target plus one, 0 for none; the target
 *
 * Text is UTF-8 that also admits lone surrogates, so that any string survives: paths that are no UTF-8
 * on disk reach us with their odd bytes as U+DC80 to U+DCFF (PEP 383).
 */
const MAGIC = [0x54, 0x4c, 0x58, 1] as const;
const OPAQUE_BLIND = 1;
const CODES: Readonly<Record<EntryKind, number>> = {
  file: 0,
  directory: 1,
  opaque: 2,
  symlink: 3,
  whiteout: 4,
  other: 5,
};

/** Takes a layer's names one after the other; names that share a beginning come cheapest next to each other. */
export interface LayerIndexBuilder {
  /** Throws a RangeError for an empty path or one longer than `MAX_PATH_UNITS`. */
  add(path: string, kind: EntryKind, target?: string): void;
  readonly entryCount: number;
  /** Bytes so far. */
  readonly byteLength: number;
  /** The encoded index; the builder is spent. */
  finish(opaqueBlind: boolean): Uint8Array<ArrayBuffer>;
}

/** An empty index to be filled. */
export function layerIndexBuilder(): LayerIndexBuilder {
  const encoder = new TextEncoder();
  let bytes = new Uint8Array(16 * 1024);
  let end = HEADER_BYTES;
  let entryCount = 0;
  let previous = new Uint8Array(BYTES_A_UNIT * MAX_PATH_UNITS);
  let previousLength = 0;
  let current = new Uint8Array(BYTES_A_UNIT * MAX_PATH_UNITS);

  function reserve(more: number): void {
    if (end + more <= bytes.length) return;
    const larger = new Uint8Array(Math.max(bytes.length * 2, end + more));
    larger.set(bytes.subarray(0, end));
    bytes = larger;
  }

  return {
    add(path, kind, target) {
      if (path.length === 0 || path.length > MAX_PATH_UNITS) throw new RangeError('path length out of range');
      if (target !== undefined && target.length > MAX_PATH_UNITS) throw new RangeError('target too long');
      // As many bytes as units: plain ASCII, which is nearly every path. Ours is the slower way, but loses nothing.
      let length = encoder.encodeInto(path, current).written;
      if (length !== path.length) length = putText(current, 0, path);
      const shared = sharedAscii(previous, previousLength, current, length);
      const rest = length - shared;
      reserve(16 + rest + BYTES_A_UNIT * (target?.length ?? 0));
      end = putVarint(bytes, end, shared);
      bytes[end++] = CODES[kind] | (Math.min(rest, LONG) << 3);
      if (rest >= LONG) end = putVarint(bytes, end, rest - LONG);
      for (let at = shared; at < length; at++) bytes[end++] = current[at] ?? 0;
      if (kind === 'symlink') end = putTarget(bytes, end, target);
      [previous, current] = [current, previous];
      previousLength = length;
      entryCount++;
    },
    get entryCount() {
      return entryCount;
    },
    get byteLength() {
      return end;
    },
    finish(opaqueBlind) {
      bytes.set(MAGIC, 0);
      bytes[4] = opaqueBlind ? OPAQUE_BLIND : 0;
      new DataView(bytes.buffer).setUint32(5, entryCount, true);
      return bytes.slice(0, end);
    },
  };
}

/** Encodes an index that is held in another way. */
export function encodeLayerIndex(
  index: Pick<LayerIndex, 'opaqueBlind' | 'entries'>,
): Uint8Array<ArrayBuffer> {
  const builder = layerIndexBuilder();
  for (const entry of index.entries()) builder.add(entry.path, entry.kind, entry.target);
  return builder.finish(index.opaqueBlind);
}

/**
 * The index behind an encoding. Only the header is looked at here; `entries` decodes as it goes and throws
 * an Error where the bytes make no sense.
 */
export function decodeLayerIndex(diffId: DiffId, bytes: Uint8Array): LayerIndex {
  if (bytes.length < HEADER_BYTES || MAGIC.some((byte, at) => bytes[at] !== byte)) {
    throw new Error('not a layer index of this version');
  }
  const entryCount = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(5, true);
  return {
    diffId,
    entryCount,
    opaqueBlind: ((bytes[4] ?? 0) & OPAQUE_BLIND) !== 0,
    entries: () => decodeEntries(bytes, entryCount),
    find: (query) => findEntries(bytes, entryCount, query),
  };
}

function* decodeEntries(bytes: Uint8Array, entryCount: number): Generator<LayerEntry> {
  const cursor = { at: HEADER_BYTES };
  let previous = '';
  for (let entry = 0; entry < entryCount; entry++) {
    const shared = takeVarint(bytes, cursor);
    const head = takeByte(bytes, cursor);
    const kind = KINDS[head & 7];
    if (kind === undefined || shared > previous.length) throw malformed();
    const length = head >> 3 === LONG ? LONG + takeVarint(bytes, cursor) : head >> 3;
    const path = previous.slice(0, shared) + takeText(bytes, cursor, length);
    if (path.length === 0 || path.length > MAX_PATH_UNITS) throw malformed();
    previous = path;
    const target = kind === 'symlink' ? takeVarint(bytes, cursor) : 0;
    yield target === 0 ? { path, kind } : { path, kind, target: takeText(bytes, cursor, target - 1) };
  }
  if (cursor.at !== bytes.length) throw malformed();
}

/** Only ASCII is shared: there a byte is a unit, and a decoder may cut the string. */
function sharedAscii(a: Uint8Array, aLength: number, b: Uint8Array, bLength: number): number {
  const most = Math.min(aLength, bLength);
  let shared = 0;
  while (shared < most && a[shared] === b[shared] && (b[shared] ?? 0) < 0x80) shared++;
  return shared;
}

function putTarget(bytes: Uint8Array, at: number, target: string | undefined): number {
  if (target === undefined) return putVarint(bytes, at, 0);
  // Written past the widest length first, then drawn close to it.
  const from = at + 3;
  const length = putText(bytes, from, target) - from;
  const start = putVarint(bytes, at, length + 1);
  bytes.copyWithin(start, from, from + length);
  return start + length;
}
