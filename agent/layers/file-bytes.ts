import { closeSync, openSync, readSync, statSync, type Stats } from 'node:fs';
import { layerErrorOf, LayerError } from './layer-error.ts';

/** More than any cataloger has reason to ask for at once. */
const MAX_READ_BYTES = 256 * 1024 * 1024;

/** From this size on a read has a buffer of its own. */
const LARGE_BYTES = 64 * 1024;
const MAX_HELD_BYTES = 8 * 1024 * 1024;

/** Of one file. The headers of a program are asked for by every cataloger that looks into programs. */
const MAX_REMEMBERED_READS = 16;
const MAX_REMEMBERED_BYTES = 8 * 1024;

/** Part of a file on disk. */
export interface FileRegion {
  readonly path: string;
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

/** Reads of one file, whose larger buffers are freed when the reading is over. */
export interface FileReader {
  /** At most `length` bytes from `offset`, fewer at the end; not to be changed. Throws system errors. */
  read(offset: number, length: number): Uint8Array;
  /** What was read must not be used any more. */
  free(): void;
}

/**
 * Reads `size` bytes of an open file from `start` on. Large buffers are freed by hand: to the garbage collector they look
 * small, and some 60 MiB of them would wait for it.
 */
export function fileReader(fd: number, start: number, size: number): FileReader {
  let large: ArrayBuffer[] = [];
  let largeBytes = 0;
  const remembered = new Map<string, Uint8Array>();

  function allocate(bytes: number): Buffer<ArrayBuffer> {
    if (bytes < LARGE_BYTES) return Buffer.allocUnsafe(bytes);
    // Of a file that is read window by window no more than this is held on to; the rest is the collector's after all.
    if (largeBytes > MAX_HELD_BYTES) {
      large = [];
      largeBytes = 0;
    }
    const buffer = Buffer.allocUnsafeSlow(bytes);
    large.push(buffer.buffer);
    largeBytes += bytes;
    return buffer;
  }

  function readNow(offset: number, length: number): Uint8Array {
    const buffer = allocate(length);
    return buffer.subarray(0, readInto(fd, start + offset, buffer));
  }

  return {
    read(offset, length) {
      const wanted = Math.min(length, size - offset);
      if (wanted <= 0) return new Uint8Array(0);
      if (wanted > MAX_READ_BYTES) throw new Error(`more than ${MAX_READ_BYTES} bytes asked for at once`);
      if (wanted > MAX_REMEMBERED_BYTES) return readNow(offset, wanted);
      const key = `${offset} ${wanted}`;
      const known = remembered.get(key);
      if (known !== undefined) return known;
      const bytes = readNow(offset, wanted);
      if (remembered.size < MAX_REMEMBERED_READS) remembered.set(key, bytes);
      return bytes;
    },
    free() {
      for (const buffer of large) buffer.transfer(0);
      large = [];
      largeBytes = 0;
    },
  };
}

/** Fills `buffer` from `offset` on; returns how many bytes there were. */
export function readInto(fd: number, offset: number, buffer: Uint8Array): number {
  let filled = 0;
  while (filled < buffer.length) {
    const count = readSync(fd, buffer, filled, buffer.length - filled, offset + filled);
    if (count === 0) break;
    filled += count;
  }
  return filled;
}

/** The path of `name` in the folder of `path`. */
export function besides(path: string, name: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1) + name;
}

/** All of a small region. Throws a LayerError when it is not there in full. */
export function readRegion(region: FileRegion): Buffer {
  let fd: number | undefined;
  try {
    fd = openSync(region.path, 'r');
    const buffer = Buffer.alloc(region.length);
    if (readInto(fd, region.offset, buffer) === region.length) return buffer;
  } catch (error) {
    throw layerErrorOf(error, region.path);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
  throw new LayerError('malformed', `${region.path}: is cut short`);
}

/** Bytes of a regular file. Throws a LayerError when there is none at the path. */
export function fileSize(path: string): number {
  const stat = statSyncOrThrow(path);
  if (stat.isFile()) return stat.size;
  const what = stat.isDirectory() ? 'is a folder' : 'is no regular file';
  throw new LayerError('not-an-image', `${path}: ${what}, where a file was expected`);
}

function statSyncOrThrow(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    throw layerErrorOf(error, path);
  }
}
