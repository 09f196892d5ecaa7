import type { Memory } from './memory.ts';

/** A stretch of a file. Bytes. */
export interface Range {
  readonly offset: number;
  readonly length: number;
}

/** What is known of one member before it has passed. */
export interface Shape {
  readonly size: number;
  readonly mode: number;
  readonly isSparse: boolean;
}

/**
 * The content of one member of a tar that streams by: pieces of it, and a note of what was asked for in vain.
 * A reader that finds a stretch missing is stopped by an exception, and starts anew once the stretch is there.
 */
export interface Content {
  readonly member: number;
  /** Set when the member comes by. */
  shape: Shape | undefined;
  pieces: { readonly offset: number; readonly bytes: Uint8Array }[];
  /** What to catch when the member passes. */
  missing: Range[];
  /** How often readers were stopped: each time makes the next stretch twice as long. */
  stops: number;
}

/** Stops a cataloger that reads what is not there yet. It may swallow this: `Content.missing` remembers. */
class MissingContentError extends Error {
  override readonly name = 'MissingContentError';
}

export function newContent(member: number): Content {
  return { member, shape: undefined, pieces: [], missing: [], stops: 0 };
}

/** At most `length` bytes from `offset`. Throws a MissingContentError when not all of them are held in one piece. */
export function readContent(content: Content, offset: number, length: number): Uint8Array {
  const end = Math.min(content.shape?.size ?? 0, offset + Math.max(0, length));
  if (offset >= end) return new Uint8Array(0);
  for (const piece of content.pieces) {
    const from = offset - piece.offset;
    const to = end - piece.offset;
    if (from >= 0 && to <= piece.bytes.length) return piece.bytes.subarray(from, to);
  }
  content.missing.push({ offset, length: end - offset });
  throw new MissingContentError(`bytes ${offset} to ${end} have not passed yet`);
}

/** True when a stretch is held; otherwise it is noted as missing. */
export function holds(content: Content, offset: number, length: number): boolean {
  try {
    readContent(content, offset, length);
    return true;
  } catch (error) {
    if (error instanceof MissingContentError) return false;
    throw error;
  }
}

/** Gives all pieces back. */
export function dropContent(content: Content, memory: Memory): void {
  for (const { bytes } of content.pieces) memory.give(bytes);
  content.pieces = [];
  content.missing = [];
}
