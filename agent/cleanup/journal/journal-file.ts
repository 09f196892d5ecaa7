import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { CleanupError } from '../cleanup-error.ts';
import type { JournalRecord } from './records.ts';
import { systemCode } from '../../../platform/system-error.ts';
import { errorMessage } from '../../../platform/error-message.ts';

/** A run of 1,500 images takes some 3 MB. */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * The journal of one run: a JSON record a line, each on disk before `append` returns. Whatever the end of the agent or of
 * the node leaves, all whole lines count and a torn last one does not.
 */
export class JournalFile {
  readonly path: string;
  readonly #file: number;

  /** Makes the file, or goes on with it. Throws a CleanupError. */
  constructor(path: string) {
    this.path = path;
    const { O_RDWR, O_CREAT, O_NOFOLLOW } = constants;
    this.#file = guarded(path, () => {
      const file = openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600);
      ftruncateSync(file, wholeBytes(readAll(file)));
      syncFolder(dirname(path));
      return file;
    });
  }

  /** Throws a CleanupError when it is not on disk; then nothing of it may be done. */
  append(record: JournalRecord): void {
    guarded(this.path, () => {
      const end = fstatSync(this.#file).size;
      const line = Buffer.from(`${JSON.stringify(record)}\n`);
      try {
        let written = 0;
        while (written < line.length) {
          written += writeSync(this.#file, line, written, line.length - written, end + written);
        }
        fsyncSync(this.#file);
      } catch (error) {
        // A torn line must not stand before the next one.
        ftruncateSync(this.#file, end);
        throw error;
      }
    });
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** All whole records of a journal, in order. A line that is no record ends it: what comes after cannot be trusted. */
export function readJournal(path: string): JournalRecord[] {
  const bytes = guarded(path, () => {
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      return readAll(file);
    } finally {
      closeSync(file);
    }
  });
  const lines = bytes.subarray(0, wholeBytes(bytes)).toString().split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as JournalRecord);
}

function readAll(file: number): Buffer {
  const { size } = fstatSync(file);
  if (size > MAX_BYTES) throw new Error(`it has more than ${MAX_BYTES} bytes`);
  const bytes = Buffer.alloc(size);
  let read = 0;
  while (read < size) {
    const more = readSync(file, bytes, read, size - read, read);
    if (more === 0) break;
    read += more;
  }
  return bytes.subarray(0, read);
}

/** Bytes up to the end of the last line that is a record, all lines before it being records too. */
function wholeBytes(bytes: Buffer): number {
  let whole = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, whole)) {
    if (!isRecord(bytes.toString('utf8', whole, end))) break;
    whole = end + 1;
  }
  return whole;
}

function isRecord(line: string): boolean {
  try {
    const value = JSON.parse(line) as unknown;
    return typeof value === 'object' && value !== null && 'kind' in value && 'at' in value;
  } catch {
    return false;
  }
}

/** A new file's name is on disk only when its folder is. */
function syncFolder(path: string): void {
  const folder = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function guarded<T>(path: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const code = systemCode(error);
    const advice =
      code === 'ENOSPC' || code === 'EDQUOT'
        ? 'the disk is full; free some space for the state folder by hand: nothing is removed without a journal'
        : `${errorMessage(error)}; nothing is removed without a journal`;
    throw new CleanupError('journal', `the cleanup journal ${path} cannot be used: ${advice}`, error);
  }
}
