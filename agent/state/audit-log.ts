import {
  closeSync,
  constants,
  fsyncSync,
  ftruncateSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  auditEntry,
  DAMAGED,
  EMPTY_CHAIN,
  nextLink,
  PRUNED,
  type AuditEvent,
  type AuditHead,
} from '../../core/audit-chain.ts';
import { sha256Hex } from '../../platform/sha256.ts';
import { AUDIT_FILE, auditLine, olderFile, olderFiles, readAuditEnds } from './audit-files.ts';
import { stateError } from './state-error.ts';

export interface AuditLogOptions {
  /** ms since the epoch. */
  readonly now: () => number;
  /** Told what `note` could not write. */
  readonly failed?: (error: unknown) => void;
  /** A file that is larger is put aside and another begun; 16 MiB when absent. */
  readonly maxFileBytes?: number;
  /** Files before the present one that are kept; 8 when absent. */
  readonly mostOlderFiles?: number;
}

/** What goes in; the log knows the time. */
export type AuditNote = Omit<AuditEvent, 'at'>;

interface OpenFile {
  readonly file: number;
  readonly head: AuditHead;
  /** Number of the file's first entry; 0 when it is empty. */
  readonly first: number;
  readonly bytes: number;
}

const MAX_FILE_BYTES = 16 * 1024 * 1024;
const MOST_OLDER_FILES = 8;
/** Texts come from others too. */
const LONGEST_TEXT = 1000;

/**
 * The node's audit log: entries that are only ever added, each chained to the one before it and on disk when `write`
 * returns. For one process at a time: whoever holds the state holds this too. Nothing is opened before the first call.
 */
export class AuditLog {
  readonly #directory: string;
  readonly #options: AuditLogOptions;
  #open: OpenFile | undefined;

  constructor(directory: string, options: AuditLogOptions) {
    this.#directory = directory;
    this.#options = options;
  }

  /** Throws a StateError when it is not on disk; then what it tells of must not be done. */
  write(note: AuditNote): void {
    const path = join(this.#directory, AUDIT_FILE);
    try {
      const open = this.#opened();
      const { maxFileBytes = MAX_FILE_BYTES } = this.#options;
      if (open.bytes >= maxFileBytes) this.#rotate(open);
      this.#append(note);
    } catch (error) {
      this.close();
      throw stateError(path, error);
    }
  }

  /** The same for what is done already: does not throw. False: it is not in the log. */
  note(note: AuditNote): boolean {
    try {
      this.write(note);
      return true;
    } catch (error) {
      this.#options.failed?.(error);
      return false;
    }
  }

  /** Where the log ends; undefined when it cannot be read. */
  head(): AuditHead | undefined {
    try {
      return this.#opened().head;
    } catch {
      return undefined;
    }
  }

  /** Idempotent; the next call opens it again. */
  close(): void {
    const file = this.#open?.file;
    this.#open = undefined;
    if (file !== undefined) closeSync(file);
  }

  #append(note: AuditNote): void {
    const { file, head, first, bytes } = this.#opened();
    const link = nextLink(head, { at: this.#options.now(), ...bounded(note) }, sha256Hex);
    const line = Buffer.from(auditLine(link));
    try {
      let written = 0;
      while (written < line.length) written += writeSync(file, line, written);
      fsyncSync(file);
    } catch (error) {
      // A torn line must not stand before the next one.
      ftruncateSync(file, bytes);
      throw error;
    }
    const { sequence, hash } = link;
    this.#open = { file, head: { sequence, hash }, first: first || sequence, bytes: bytes + line.length };
  }

  #opened(): OpenFile {
    if (this.#open !== undefined) return this.#open;
    const path = join(this.#directory, AUDIT_FILE);
    const { first: oldest, last, wholeBytes, torn } = readAuditEnds(path);
    const told = last && auditEntry(last.entry);
    if (last !== undefined && told === undefined) return this.#beginAnew(path);

    const { O_RDWR, O_CREAT, O_APPEND, O_NOFOLLOW } = constants;
    const file = openSync(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW, 0o600);
    const head = last && told ? { sequence: told.sequence, hash: last.hash } : this.#headBefore();
    // The last one's where the first is no entry any more: the name must be no other file's.
    const first = oldest ? (auditEntry(oldest.entry)?.sequence ?? head.sequence) : 0;
    this.#open = { file, head, first, bytes: wholeBytes };
    if (torn.length > 0) this.#setTornAside(torn);
    this.#syncDirectory();
    return this.#open;
  }

  /** Of the file before, when there is one. */
  #headBefore(): AuditHead {
    const name = olderFiles(this.#directory).at(-1);
    if (name === undefined) return EMPTY_CHAIN;
    const { last } = readAuditEnds(join(this.#directory, name));
    const told = last && auditEntry(last.entry);
    return last && told ? { sequence: told.sequence, hash: last.hash } : EMPTY_CHAIN;
  }

  /** Nobody was told that it stands there, since a line is told of when it is whole. */
  #setTornAside(torn: Uint8Array): void {
    const { file, bytes } = this.#opened();
    const movedTo = `${AUDIT_FILE}.torn`;
    writeFileSync(join(this.#directory, movedTo), torn, { mode: 0o600 });
    ftruncateSync(file, bytes);
    const detail = { bytes: torn.length, movedTo };
    this.#append({ actor: OURSELVES, action: 'audit-torn', subject: AUDIT_FILE, detail });
  }

  /** Nobody can tell where its chain would go on, so that of the files before it does: names follow from numbers. */
  #beginAnew(path: string): OpenFile {
    const movedTo = `${AUDIT_FILE}.damaged-${new Date(this.#options.now()).toISOString().replaceAll(':', '')}`;
    renameSync(path, join(this.#directory, movedTo));
    const { O_RDWR, O_CREAT, O_EXCL, O_APPEND } = constants;
    const file = openSync(path, O_RDWR | O_CREAT | O_EXCL | O_APPEND, 0o600);
    this.#open = { file, head: this.#headBefore(), first: 0, bytes: 0 };
    this.#append({ actor: OURSELVES, action: DAMAGED, subject: AUDIT_FILE, detail: { movedTo } });
    this.#syncDirectory();
    return this.#opened();
  }

  /** The chain goes on in the next file. The oldest go when there are too many, and the log says so. */
  #rotate({ head, first }: OpenFile): void {
    this.close();
    renameSync(join(this.#directory, AUDIT_FILE), join(this.#directory, olderFile(first)));
    const { mostOlderFiles = MOST_OLDER_FILES } = this.#options;
    const older = olderFiles(this.#directory);
    const { O_RDWR, O_CREAT, O_EXCL, O_APPEND } = constants;
    const file = openSync(join(this.#directory, AUDIT_FILE), O_RDWR | O_CREAT | O_EXCL | O_APPEND, 0o600);
    this.#open = { file, head, first: 0, bytes: 0 };
    for (const name of older.slice(0, Math.max(0, older.length - mostOlderFiles))) {
      const { last } = readAuditEnds(join(this.#directory, name));
      const told = last && auditEntry(last.entry);
      const detail = { upTo: told?.sequence ?? 0, hash: last?.hash ?? '' };
      // Said first: a log that says too much is whole, one that has lost its beginning without a word is not.
      this.#append({ actor: OURSELVES, action: PRUNED, subject: name, detail });
      rmSync(join(this.#directory, name), { force: true });
    }
    this.#syncDirectory();
  }

  /** A new file's name is on disk only when its folder is. */
  #syncDirectory(): void {
    const directory = openSync(this.#directory, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      fsyncSync(directory);
    } finally {
      closeSync(directory);
    }
  }
}

const OURSELVES = 'this agent';

function bounded({ actor, action, subject, outcome, detail }: AuditNote): AuditNote {
  const parts = Object.entries(detail).map(
    ([key, value]) => [key, typeof value === 'string' ? short(value) : value] as const,
  );
  return {
    actor: short(actor),
    action,
    subject: short(subject),
    ...(outcome !== undefined && { outcome }),
    detail: Object.fromEntries(parts),
  };
}

function short(text: string): string {
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}...` : text;
}
