import { closeSync, constants, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditLink } from '../../core/audit-chain.ts';
import { stateError } from './state-error.ts';
import { isMissing } from '../../platform/system-error.ts';

// An audit log is `audit.log` in the state folder, and the files that it was before, named after their first entry: so
// names are in the order of the chain. A line holds a JSON object: the entry, which is canonical JSON itself, and its hash.

export const AUDIT_FILE = 'audit.log';
/** Files grow to some 16 MiB; what is far larger is none of ours. */
const MAX_BYTES = 64 * 1024 * 1024;
/** Far longer than the log writes any. */
const LONGEST_LINE = 256 * 1024;
const LF = 10;
const OLDER_FILE = /^audit-(\d{12})\.log$/;
const LINE = /^\{"hash":"([0-9a-f]{64})","entry":(\{.*\})\}$/;

export type StoredEntry = Pick<AuditLink, 'entry' | 'hash'>;

/** Where a file begins and ends. */
export interface AuditEnds {
  /** Absent when there is no whole line. One that is none of ours stands there whole, without a hash. */
  readonly first?: StoredEntry;
  readonly last?: StoredEntry;
  /** Bytes up to the end of the last whole line. */
  readonly wholeBytes: number;
  /** What comes after it: the agent or the node ended while it was written. */
  readonly torn: Uint8Array;
}

export function auditLine({ entry, hash }: StoredEntry): string {
  return `{"hash":"${hash}","entry":${entry}}\n`;
}

/** The name of a file that has been filled. `first`: the number of its first entry. */
export function olderFile(first: number): string {
  return `audit-${String(first).padStart(12, '0')}.log`;
}

/** Names of the files before the present one, oldest first. Throws a StateError. */
export function olderFiles(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => OLDER_FILE.test(name))
      .toSorted((a, b) => (a < b ? -1 : 1));
  } catch (error) {
    throw stateError(directory, error);
  }
}

/**
 * All entries of a log, oldest first, file by file; a line that is none of ours stands there whole, without a hash. Throws a
 * StateError; no file is an empty log.
 */
export function* readAuditLog(directory: string): Generator<StoredEntry> {
  for (const name of [...olderFiles(directory), AUDIT_FILE]) {
    const lines = opened(join(directory, name), (file, size) => {
      if (size > MAX_BYTES) throw new Error(`it has more than ${MAX_BYTES} bytes`);
      const bytes = read(file, 0, size);
      return bytes.toString('utf8', 0, bytes.lastIndexOf(LF) + 1).split('\n');
    });
    for (const line of lines?.slice(0, -1) ?? []) yield storedEntry(line);
  }
}

/** The ends of one file, of whatever size. Throws a StateError; a file that is not there is empty. */
export function readAuditEnds(path: string): AuditEnds {
  const ends = opened(path, (file, size) => {
    const from = Math.max(0, size - LONGEST_LINE);
    const tail = read(file, from, size);
    const whole = tail.lastIndexOf(LF) + 1;
    if (whole === 0 && from === 0) return { wholeBytes: 0, torn: tail };
    const head = read(file, 0, Math.min(size, LONGEST_LINE)).toString();
    const [line = ''] = head.split('\n', 1);
    const last = tail.toString('utf8', tail.lastIndexOf(LF, whole - 2) + 1, Math.max(0, whole - 1));
    return {
      first: storedEntry(line),
      last: storedEntry(last),
      wholeBytes: from + whole,
      torn: tail.subarray(whole),
    };
  });
  return ends ?? { wholeBytes: 0, torn: new Uint8Array() };
}

function storedEntry(line: string): StoredEntry {
  const [, hash, entry] = LINE.exec(line) ?? [];
  return hash === undefined || entry === undefined ? { entry: line, hash: '' } : { entry, hash };
}

/** Undefined when there is no such file. */
function opened<T>(path: string, use: (file: number, size: number) => T): T | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    return use(file, fstatSync(file).size);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw stateError(path, error);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function read(file: number, from: number, to: number): Buffer {
  const bytes = Buffer.alloc(to - from);
  let done = 0;
  while (done < bytes.length) {
    const more = readSync(file, bytes, done, bytes.length - done, from + done);
    if (more === 0) break;
    done += more;
  }
  return bytes.subarray(0, done);
}
