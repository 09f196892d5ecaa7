import { closeSync, constants, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditLink } from '../../core/audit-chain.ts';
import { stateError } from './state-error.ts';

// An audit log is `audit.log` in the state folder, and the files that it was before, named after their first entry: so
// names are in the order of the chain. A line holds a JSON object: the entry, which is canonical JSON itself, and its hash.

export const AUDIT_FILE = 'audit.log';
/** Files grow to some 16 MiB; what is far larger is none of ours. */
const MAX_BYTES = 64 * 1024 * 1024;
const OLDER_FILE = /^audit-(\d{12})\.log$/;
const LINE = /^\{"hash":"([0-9a-f]{64})","entry":(\{.*\})\}$/;

export type StoredEntry = Pick<AuditLink, 'entry' | 'hash'>;

/** What a file's bytes come to. */
export interface AuditLines {
  /** In order. A line that is none of ours stands there whole, without a hash. */
  readonly entries: readonly StoredEntry[];
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

/** All entries of a log, oldest first, file by file. Throws a StateError; no file is an empty log. */
export function* readAuditLog(directory: string): Generator<StoredEntry> {
  for (const name of [...olderFiles(directory), AUDIT_FILE])
    yield* readAuditFile(join(directory, name)).entries;
}

/** Throws a StateError; a file that is not there is empty. */
export function readAuditFile(path: string): AuditLines {
  let file: number | undefined;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    return auditLines(readWhole(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return auditLines(Buffer.alloc(0));
    throw stateError(path, error);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function auditLines(bytes: Buffer): AuditLines {
  const wholeBytes = bytes.lastIndexOf('\n') + 1;
  const lines = bytes.toString('utf8', 0, wholeBytes).split('\n').slice(0, -1);
  const entries = lines.map((line) => {
    const [, hash, entry] = LINE.exec(line) ?? [];
    return hash === undefined || entry === undefined ? { entry: line, hash: '' } : { entry, hash };
  });
  return { entries, wholeBytes, torn: bytes.subarray(wholeBytes) };
}

function readWhole(file: number): Buffer {
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
