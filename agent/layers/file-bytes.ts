import { closeSync, openSync, readSync, statSync, type Stats } from 'node:fs';
import { layerErrorOf, LayerError } from './layer-error.ts';

/** More than any cataloger has reason to ask for at once. */
const MAX_READ_BYTES = 256 * 1024 * 1024;

/** Part of a file on disk. */
export interface FileRegion {
  readonly path: string;
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

/** At most `length` bytes from `offset`, fewer at the end of the file. Throws system errors. */
export function readAt(fd: number, offset: number, length: number): Uint8Array {
  if (length <= 0) return new Uint8Array(0);
  if (length > MAX_READ_BYTES) throw new Error(`more than ${MAX_READ_BYTES} bytes asked for at once`);
  const buffer = Buffer.allocUnsafe(length);
  return buffer.subarray(0, readInto(fd, offset, buffer));
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
