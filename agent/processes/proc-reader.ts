import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, readlinkSync } from 'node:fs';
import { systemCode } from '../../platform/system-error.ts';

/**
 * Why a file of a process could not be read.
 * - `gone`: the process ended (ENOENT, ESRCH), or there is nothing of the kind (a kernel thread's executable).
 * - `denied`: we may not (EACCES, EPERM).
 * - `failed`: anything else, such as a path too long for the kernel to print.
 */
export type Unreadable = 'gone' | 'denied' | 'failed';

/** Bytes of a file, or why there are none. The bytes are only good until the next read. */
export type ProcRead = Buffer | Unreadable;

/**
 * Reads small files of proc(5) into one buffer: such files have no size, and the kernel makes them up anew
 * with each read from the start.
 */
export class ProcReader {
  readonly #buffer: Buffer;

  /** `capacity`: the most bytes of a file that are read; the rest is cut off. */
  constructor(capacity: number) {
    this.#buffer = Buffer.allocUnsafeSlow(capacity);
  }

  /** The start of a file, up to the capacity. */
  read(path: string): ProcRead {
    const opened = this.open(path);
    if (typeof opened !== 'number') return opened;
    try {
      return this.readAgain(opened);
    } finally {
      closeSync(opened);
    }
  }

  /** A descriptor that the caller closes. It stays tied to the process it was opened for, not to the number. */
  open(path: string): number | Unreadable {
    try {
      return openSync(path, constants.O_RDONLY);
    } catch (error) {
      return unreadable(error);
    }
  }

  /** From the start again. One call is enough: the kernel makes up the whole of such a file before it answers. */
  readAgain(descriptor: number): ProcRead {
    try {
      return this.#buffer.subarray(0, readSync(descriptor, this.#buffer, 0, this.#buffer.length, 0));
    } catch (error) {
      return unreadable(error);
    }
  }
}

/** Where a link of proc(5) points, as the kernel prints it. The file pointed at is not touched. */
export function readProcLink(path: string): { readonly target: string } | Unreadable {
  try {
    return { target: readlinkSync(path) };
  } catch (error) {
    return unreadable(error);
  }
}

/** A regular file of at most `limit` bytes that is no symlink; undefined for anything else. */
export function readPlainFile(path: string, limit: number): Buffer | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile() || stat.size > limit) return undefined;
    const bytes = Buffer.alloc(stat.size);
    return bytes.subarray(0, readSync(descriptor, bytes, 0, stat.size, 0));
  } catch {
    return undefined;
  } finally {
    closeSync(descriptor);
  }
}

/** Changes whenever a file was written or replaced; undefined when there is none within reach. */
export function fileVersion(path: string): string | undefined {
  try {
    const { dev, ino, size, mtimeMs, ctimeMs } = lstatSync(path);
    return [dev, ino, size, mtimeMs, ctimeMs].join(':');
  } catch {
    return undefined;
  }
}

function unreadable(error: unknown): Unreadable {
  const code = systemCode(error);
  if (code === 'ENOENT' || code === 'ESRCH' || code === 'ENOTDIR') return 'gone';
  if (code === 'EACCES' || code === 'EPERM') return 'denied';
  return 'failed';
}
