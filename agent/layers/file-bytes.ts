import { readSync } from 'node:fs';

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
