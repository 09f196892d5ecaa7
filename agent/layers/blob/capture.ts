import type { TarSink } from '../tar/parser.ts';
import type { Content, Range } from './content.ts';
import type { Memory } from './memory.ts';

/** The least that is caught at once, unless the file ends before. */
const LEAST_BYTES = 64 * 1024;

/** Caught before a stretch, too: what the tables at the end of a program point at lies mostly shortly before them. */
const LEAD_BYTES = 1024 * 1024;

interface Capture {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/**
 * Catches what is missing of a content while its member passes. Whenever nothing is missing any more, `attempt` is called;
 * it may find that more is missing, which is caught in the same pass where it has not passed yet.
 * `undefined` when there is nothing to catch.
 */
export function captureSink(content: Content, memory: Memory, attempt: () => void): TarSink | undefined {
  let position = 0;
  let captures: Capture[] = [];

  /** Makes room for what is missing and has not passed; leaves the rest to another pass. */
  function plan(): void {
    if (content.missing.length === 0) return;
    const size = content.shape?.size ?? 0;
    const left: Range[] = [];
    for (const range of joined(content.missing)) {
      const generous = Math.min(
        Math.max(range.length, LEAST_BYTES * 2 ** content.stops),
        size - range.offset,
      );
      const held = heldBeginning(range);
      const canBegin = held !== undefined || range.offset >= position;
      const lead = held === undefined ? Math.min(LEAD_BYTES, range.offset - position) : 0;
      const bytes = canBegin ? (memory.take(lead + generous) ?? memory.take(lead + range.length)) : undefined;
      if (bytes === undefined) {
        left.push(range);
        continue;
      }
      if (held !== undefined) bytes.set(held);
      captures.push({ offset: range.offset - lead, bytes });
    }
    content.missing = left;
    content.stops++;
  }

  /** What is held of a stretch, if that reaches as far as has passed. */
  function heldBeginning({ offset, length }: Range): Uint8Array | undefined {
    for (const piece of content.pieces) {
      const end = piece.offset + piece.bytes.length;
      if (piece.offset > offset || end <= offset || end < position) continue;
      return piece.bytes.subarray(offset - piece.offset, offset - piece.offset + length);
    }
    return undefined;
  }

  /** Copies what captures and the passing bytes have in common. Doing so twice does no harm. */
  function copy(passing: Uint8Array): void {
    for (const { offset, bytes } of captures) {
      const from = Math.max(offset, position);
      const to = Math.min(offset + bytes.length, position + passing.length);
      if (from < to) bytes.set(passing.subarray(from - position, to - position), from - offset);
    }
  }

  attempt();
  plan();
  if (captures.length === 0) return undefined;
  return {
    write(passing) {
      const end = position + passing.length;
      copy(passing);
      while (captures.length > 0 && captures.every(({ offset, bytes }) => offset + bytes.length <= end)) {
        content.pieces.push(...captures);
        captures = [];
        if (content.missing.length > 0) break;
        attempt();
        plan();
        copy(passing);
      }
      position = end;
    },
    // All that was planned lies within the member; a tar that is cut is an error of its own.
    end: () => undefined,
  };
}

/** Sorted, with stretches that touch made one. */
function joined(ranges: readonly Range[]): Range[] {
  const result: { offset: number; length: number }[] = [];
  for (const { offset, length } of ranges.toSorted((a, b) => a.offset - b.offset)) {
    const last = result.at(-1);
    if (last === undefined || last.offset + last.length < offset) result.push({ offset, length });
    else last.length = Math.max(last.length, offset + length - last.offset);
  }
  return result;
}
