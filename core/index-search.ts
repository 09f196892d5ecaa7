import {
  BYTES_A_UNIT,
  HEADER_BYTES,
  KINDS,
  LONG,
  malformed,
  MAX_PATH_UNITS,
  putText,
  takeByte,
  takeText,
  takeVarint,
} from './index-bytes.ts';
import type { LayerEntry } from './layer.ts';

const MAX_PATH_BYTES = BYTES_A_UNIT * MAX_PATH_UNITS;
/** Then one name in 64 is looked at for nothing. */
const BITS_A_PATH = 64;
const LEAST_BITS = 1 << 16;
/** FNV-1a, 32 bits (draft-eastlake-fnv). */
const HASH_START = 0x811c9dc5;
const HASH_FACTOR = 0x01000193;

/** Paths to be found in indexes, with what tells quickly of most others that they are none of them. */
export interface PathQuery {
  readonly paths: ReadonlySet<string>;
  /** A bit for the hash of each path's bytes; a power of two of bits. */
  readonly bits: Uint32Array;
}

/** Made once for all layers that are asked. */
export function pathQuery(paths: ReadonlySet<string>): PathQuery {
  let size = LEAST_BITS;
  while (size < paths.size * BITS_A_PATH) size *= 2;
  const bits = new Uint32Array(size / 32);
  const buffer = new Uint8Array(MAX_PATH_BYTES);
  for (const path of paths) {
    if (path.length > MAX_PATH_UNITS) continue;
    const length = putText(buffer, 0, path);
    let hash = HASH_START;
    for (let at = 0; at < length; at++) hash = Math.imul(hash ^ (buffer[at] ?? 0), HASH_FACTOR);
    const bit = bitOf(hash, size);
    bits[bit >>> 5] = (bits[bit >>> 5] ?? 0) | (1 << (bit & 31));
  }
  return { paths, bits };
}

/**
 * The entries of an encoded index (see `decodeLayerIndex`) at these paths. All others are passed over as bytes,
 * in about 40 ns each: only hashes are made of them, going on from where a path leaves the one before.
 */
export function* findEntries(
  bytes: Uint8Array,
  entryCount: number,
  { paths, bits }: PathQuery,
): Generator<LayerEntry> {
  const cursor = { at: HEADER_BYTES };
  const size = bits.length * 32;
  const path = new Uint8Array(MAX_PATH_BYTES);
  /** Of the path's first bytes, by their number. */
  const hashes = new Int32Array(MAX_PATH_BYTES + 1);
  hashes[0] = HASH_START;
  let length = 0;
  for (let entry = 0; entry < entryCount; entry++) {
    const shared = takeVarint(bytes, cursor);
    const head = takeByte(bytes, cursor);
    const kind = KINDS[head & 7];
    const rest = head >> 3 === LONG ? LONG + takeVarint(bytes, cursor) : head >> 3;
    const from = cursor.at;
    const end = from + rest;
    if (kind === undefined || shared > length || shared + rest > MAX_PATH_BYTES || end > bytes.length)
      throw malformed();
    length = shared;
    let hash = hashes[shared] ?? 0;
    for (let at = from; at < end; at++) {
      const byte = bytes[at] ?? 0;
      path[length++] = byte;
      hash = Math.imul(hash ^ byte, HASH_FACTOR);
      hashes[length] = hash;
    }
    cursor.at = end;
    const targetLength = kind === 'symlink' ? takeVarint(bytes, cursor) - 1 : -1;
    const targetAt = cursor.at;
    cursor.at += Math.max(0, targetLength);

    const bit = bitOf(hash, size);
    if (((bits[bit >>> 5] ?? 0) & (1 << (bit & 31))) === 0) continue;
    const found = takeText(path, { at: 0 }, length);
    if (!paths.has(found)) continue;
    if (targetLength < 0) yield { path: found, kind };
    else yield { path: found, kind, target: takeText(bytes, { at: targetAt }, targetLength) };
  }
}

function bitOf(hash: number, size: number): number {
  return (hash ^ (hash >>> 15)) & (size - 1);
}
