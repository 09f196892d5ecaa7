import { HASH_BYTES, BUCKET_COUNT } from '../../core/state-tree.ts';
import type { tallyman } from '../generated/tallyman.js';
import { integer } from './fields.ts';
import { WireError } from './wire-error.ts';

/** Bounds of a session. What each is: `Limits` in proto/tallyman/v1/uplink.proto. */
export interface Limits {
  readonly maxMessageBytes: number;
  readonly maxContentBytes: number;
  readonly maxItemBytes: number;
  readonly maxItems: number;
}

/** What is offered unless configured otherwise, and for messages the most that may be. */
export const DEFAULT_LIMITS: Limits = {
  maxMessageBytes: 1024 * 1024,
  maxContentBytes: 32 * 1024 * 1024,
  maxItemBytes: 256 * 1024,
  maxItems: 50_000,
};

/** A message must hold all bucket hashes, and an item, with room to spare. */
const SMALLEST_MESSAGE_BYTES = 2 * BUCKET_COUNT * HASH_BYTES;
/** Key, tags and lengths around one payload or chunk. */
export const MESSAGE_OVERHEAD_BYTES = 1024;

export function encodeLimits(limits: Limits): tallyman.v1.Limits.$Properties {
  return { ...limits };
}

/**
 * The smaller of both sides' bounds; what the other side leaves unset is not bounded by it.
 * Throws a WireError when no session fits into the result.
 */
export function agreeLimits(own: Limits, theirs: tallyman.v1.Limits.$Properties | null | undefined): Limits {
  const maxMessageBytes = Math.min(
    DEFAULT_LIMITS.maxMessageBytes,
    smaller(own.maxMessageBytes, theirs?.maxMessageBytes),
  );
  if (maxMessageBytes < SMALLEST_MESSAGE_BYTES) {
    throw new WireError(
      'malformed',
      `messages of at most ${maxMessageBytes} bytes are too small to work with`,
    );
  }
  return {
    maxMessageBytes,
    maxContentBytes: smaller(own.maxContentBytes, theirs?.maxContentBytes),
    maxItemBytes: Math.min(
      smaller(own.maxItemBytes, theirs?.maxItemBytes),
      maxMessageBytes - MESSAGE_OVERHEAD_BYTES,
    ),
    maxItems: smaller(own.maxItems, theirs?.maxItems),
  };
}

function smaller(own: number, theirs: number | null | undefined): number {
  const bound = integer(theirs);
  return bound === 0 ? own : Math.min(own, bound);
}
