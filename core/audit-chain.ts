import { canonicalJson } from './canonical-json.ts';

/** Something that was ordered, refused or done. */
export interface AuditEvent {
  /** ms since the epoch. */
  readonly at: number;
  /** Who: the holder of a key, a user, a schedule. */
  readonly actor: string;
  /** A word: `command`, `result`, `run`. */
  readonly action: string;
  /** To what: the ID of a command, a plan or a receipt. */
  readonly subject: string;
  /** How it ended; absent for what only begins. */
  readonly outcome?: string;
  /** The rest, flat. */
  readonly detail: Readonly<Record<string, string | number | boolean>>;
}

/** An event as it stands in a log, canonical JSON of which is what the hash is over. */
export interface AuditEntry extends AuditEvent {
  /** Counts up by one, from 1. */
  readonly sequence: number;
  /** Hash of the entry before it, in hex; zeros for the first. */
  readonly previous: string;
}

/** An entry with its hash, ready to be stored. */
export interface AuditLink {
  readonly sequence: number;
  readonly at: number;
  /** In hex: SHA-256(hash of the entry before it, LF, this entry). */
  readonly hash: string;
  /** Canonical JSON of an AuditEntry. */
  readonly entry: string;
}

/** Where a chain ends. */
export interface AuditHead {
  readonly sequence: number;
  readonly hash: string;
}

/** SHA-256 of a text in UTF-8, in hex. */
type HashText = (text: string) => string;

export const EMPTY_CHAIN: AuditHead = { sequence: 0, hash: '0'.repeat(64) };

/**
 * The action by which a log says that its oldest entries were removed, up to and with the number `detail.upTo`, whose hash
 * was `detail.hash`: a chain that begins later than 1 is whole only with such an entry.
 */
export const PRUNED = 'audit-pruned';

/** The action by which a collector's log tells a command's result; its actor is the node. */
export const RESULT = 'result';

/** In the detail of a result: the number of the last entry of the node's own log, when it told the result. */
export const NODE_END = 'nodeAuditSequence';

/** The action by which a log says that it was begun anew, since what there was of it could not be continued. */
export const DAMAGED = 'audit-damaged';

/** The event as the chain's next entry. */
export function nextLink(head: AuditHead, event: AuditEvent, hash: HashText): AuditLink {
  const sequence = head.sequence + 1;
  const entry = canonicalJson({ ...event, sequence, previous: head.hash } satisfies AuditEntry);
  return { sequence, at: event.at, hash: linkHash(head.hash, entry, hash), entry };
}

/** Reads an entry; undefined when the text is none, or not just as we would write it. */
export function auditEntry(text: string): AuditEntry | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
    if (!isEntry(value) || canonicalJson(value) !== text) return undefined;
  } catch {
    return undefined;
  }
  return value;
}

/** A node whose own log ended earlier, by what it told of it with a result, than it had told before. */
export interface ShortenedLog {
  readonly node: string;
  /** Number of our entry that has the earlier end. */
  readonly sequence: number;
  /** Where the node's log had ended, and ends by that entry. */
  readonly before: number;
  readonly now: number;
}

/** What a check of a whole log came to. */
export type ChainResult =
  | {
      readonly kind: 'whole';
      readonly entries: number;
      /** Absent when there are no entries. */
      readonly first?: { readonly sequence: number; readonly at: number };
      readonly last?: { readonly sequence: number; readonly at: number };
      readonly head: AuditHead;
      /** Absent when no node is among them. */
      readonly shortened?: readonly ShortenedLog[];
    }
  | {
      readonly kind: 'broken';
      /** The first entry that is not what it should be. */
      readonly sequence: number;
      /** A sentence. */
      readonly why: string;
    };

/**
 * Checks a log, entry by entry. Finds what was altered, left out, put in or moved. It cannot find that the end was cut
 * off, nor that somebody wrote the whole log anew: for that, compare its head with one that was kept elsewhere.
 */
export class ChainCheck {
  readonly #hash: HashText;
  #head = EMPTY_CHAIN;
  #entries = 0;
  #first: (AuditHead & { readonly at: number; readonly previous: string }) | undefined;
  #lastAt = 0;
  #isBeginningTold = false;
  #broken: Extract<ChainResult, { kind: 'broken' }> | undefined;
  /** Where each node's own log ended last. */
  readonly #ends = new Map<string, number>();
  readonly #shortened: ShortenedLog[] = [];

  constructor(hash: HashText) {
    this.#hash = hash;
  }

  /** False: the chain is broken, here or before; what follows is not looked at. */
  add(stored: { readonly entry: string; readonly hash: string }): boolean {
    if (this.#broken !== undefined) return false;
    const entry = auditEntry(stored.entry);
    const why = entry === undefined ? 'it is no entry of an audit log' : this.#fault(entry, stored);
    if (entry === undefined || why !== undefined) {
      this.#broken = { kind: 'broken', sequence: this.#head.sequence + 1, why: why ?? '' };
      return false;
    }
    this.#first ??= { sequence: entry.sequence, hash: stored.hash, at: entry.at, previous: entry.previous };
    this.#head = { sequence: entry.sequence, hash: stored.hash };
    this.#lastAt = entry.at;
    this.#entries += 1;
    this.#compareEnds(entry);
    const { upTo, hash } = entry.detail;
    if (entry.action === PRUNED && upTo === this.#first.sequence - 1 && hash === this.#first.previous)
      this.#isBeginningTold = true;
    return true;
  }

  /** Of all that was added. */
  result(): ChainResult {
    if (this.#broken !== undefined) return this.#broken;
    const first = this.#first;
    if (first !== undefined && first.sequence > 1 && !this.#isBeginningTold) {
      const why = `it is the oldest there is, and no entry says that those before it were removed`;
      return { kind: 'broken', sequence: first.sequence, why };
    }
    return {
      kind: 'whole',
      entries: this.#entries,
      ...(first && {
        first: { sequence: first.sequence, at: first.at },
        last: { sequence: this.#head.sequence, at: this.#lastAt },
      }),
      head: this.#head,
      ...(this.#shortened.length > 0 && { shortened: this.#shortened }),
    };
  }

  #compareEnds({ actor: node, action, sequence, detail: { [NODE_END]: now } }: AuditEntry): void {
    if (action !== RESULT || typeof now !== 'number') return;
    const before = this.#ends.get(node) ?? 0;
    if (now < before) this.#shortened.push({ node, sequence, before, now });
    this.#ends.set(node, now);
  }

  #fault(entry: AuditEntry, stored: { readonly entry: string; readonly hash: string }): string | undefined {
    const isFirst = this.#first === undefined;
    if (isFirst && entry.sequence === 1 && entry.previous !== EMPTY_CHAIN.hash)
      return 'it is the first, but names one before it';
    if (!isFirst && entry.sequence !== this.#head.sequence + 1)
      return `number ${entry.sequence} stands in its place`;
    if (!isFirst && entry.previous !== this.#head.hash) return 'it does not follow the entry before it';
    if (entry.action === DAMAGED) return 'the log before it was damaged, set aside and begun anew';
    if (linkHash(entry.previous, stored.entry, this.#hash) !== stored.hash)
      return 'it was altered: its hash is another';
    return undefined;
  }
}

function linkHash(previous: string, entry: string, hash: HashText): string {
  return hash(`${previous}\n${entry}`);
}

function isEntry(value: unknown): value is AuditEntry {
  if (typeof value !== 'object' || value === null) return false;
  const { sequence, at, actor, action, subject, outcome, detail, previous } = value as Record<
    string,
    unknown
  >;
  return (
    Number.isSafeInteger(sequence) &&
    Number(sequence) >= 1 &&
    Number.isSafeInteger(at) &&
    [actor, action, subject, previous].every((one) => typeof one === 'string') &&
    (outcome === undefined || typeof outcome === 'string') &&
    typeof detail === 'object' &&
    detail !== null
  );
}
