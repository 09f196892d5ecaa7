import type { LayerFile } from '../../../core/layer.ts';
import { viewOf } from '../package-database/byte-gatherer.ts';

/** Last bit: the checksums' byte order. */
const MAGIC = 0x377f0682;
const FORMAT = 3007000;
const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;

/** The pages that a write-ahead log holds in their committed form. */
export interface WalPages {
  readonly pageSize: number;
  /** How many pages the database has by the last commit. */
  readonly pageCount: number;
  /** Where in the log the newest committed form of a page begins. */
  readonly offsets: ReadonlyMap<number, number>;
}

/**
 * Reads a log up to its last commit: a frame counts if its salts are the log's own and the checksum over all up to it
 * is right. Undefined when nothing in it is committed. Source: SQLite's "Database File Format", section 4.
 */
export function readWal(wal: LayerFile): WalPages | undefined {
  const header = wal.read(0, HEADER_BYTES);
  if (header.length < HEADER_BYTES) return undefined;
  const view = viewOf(header);
  const magic = view.getUint32(0);
  const pageSize = view.getUint32(8);
  if ((magic | 1) !== (MAGIC | 1) || view.getUint32(4) !== FORMAT) return undefined;
  if (pageSize < 512 || pageSize > 65536 || (pageSize & (pageSize - 1)) !== 0) return undefined;
  const littleEndian = magic === MAGIC;
  let sums: Sums = checksum(view, 24, [0, 0], littleEndian);
  if (!areAt(sums, view, 24)) return undefined;

  const offsets = new Map<number, number>();
  const uncommitted = new Map<number, number>();
  let pageCount = 0;
  for (let at = HEADER_BYTES; ; at += FRAME_HEADER_BYTES + pageSize) {
    const frame = wal.read(at, FRAME_HEADER_BYTES + pageSize);
    if (frame.length < FRAME_HEADER_BYTES + pageSize) break;
    const frameView = viewOf(frame);
    const isOurs =
      frameView.getUint32(8) === view.getUint32(16) && frameView.getUint32(12) === view.getUint32(20);
    if (!isOurs) break;
    sums = checksum(frameView, 8, sums, littleEndian);
    sums = checksum(viewOf(frame.subarray(FRAME_HEADER_BYTES)), pageSize, sums, littleEndian);
    if (!areAt(sums, frameView, 16)) break;
    uncommitted.set(frameView.getUint32(0), at + FRAME_HEADER_BYTES);
    const sizeAfterCommit = frameView.getUint32(4);
    if (sizeAfterCommit === 0) continue;
    pageCount = sizeAfterCommit;
    for (const [number, offset] of uncommitted) offsets.set(number, offset);
    uncommitted.clear();
  }
  return pageCount === 0 ? undefined : { pageSize, pageCount, offsets };
}

type Sums = readonly [number, number];

/** Takes two numbers of 32 bits at a time, up to `length` bytes; the sums are big-endian where they are stored. */
function checksum(view: DataView, length: number, [first, second]: Sums, littleEndian: boolean): Sums {
  let a = first;
  let b = second;
  for (let at = 0; at < length; at += 8) {
    a = (a + view.getUint32(at, littleEndian) + b) >>> 0;
    b = (b + view.getUint32(at + 4, littleEndian) + a) >>> 0;
  }
  return [a, b];
}

function areAt([a, b]: Sums, view: DataView, offset: number): boolean {
  return view.getUint32(offset) === a && view.getUint32(offset + 4) === b;
}
