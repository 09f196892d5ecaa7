/** SHA-256 of the parts one after the other; passed in, since core does no I/O and has no crypto. */
export type Sha256 = (...parts: readonly Uint8Array[]) => Uint8Array;

export const HASH_BYTES = 32;
export const BUCKET_COUNT = 256;

const text = new TextEncoder();
const NUL = new Uint8Array(1);

/** Hash of one state item: SHA-256(key NUL payload). */
export function itemHash(sha256: Sha256, key: string, payload: Uint8Array): Uint8Array {
  return sha256(text.encode(key), NUL, payload);
}

/** Which of the 256 buckets a key falls into: the first byte of SHA-256(key). */
export function bucketOf(sha256: Sha256, key: string): number {
  return sha256(text.encode(key))[0] ?? 0;
}

/**
 * Hash tree over a node's state, as docs/protocol.md defines it: a bucket's hash is the XOR of its items' hashes,
 * the root is the SHA-256 of the bucket hashes in order. An item goes in and out by the same call.
 */
export class StateTree {
  readonly #sha256: Sha256;
  readonly #buckets: Uint8Array;

  /** `buckets`: 256 x 32 bytes, copied; all zero (the empty state) when absent. */
  constructor(sha256: Sha256, buckets: Uint8Array = new Uint8Array(BUCKET_COUNT * HASH_BYTES)) {
    if (buckets.length !== BUCKET_COUNT * HASH_BYTES)
      throw new RangeError('bucket hashes are 256 x 32 bytes');
    this.#sha256 = sha256;
    this.#buckets = buckets.slice();
  }

  /** Adds an item's hash, or takes it out if it is in. */
  toggle(bucket: number, hash: Uint8Array): void {
    const offset = bucket * HASH_BYTES;
    for (let at = 0; at < HASH_BYTES; at += 1) {
      this.#buckets[offset + at] = (this.#buckets[offset + at] ?? 0) ^ (hash[at] ?? 0);
    }
  }

  root(): Uint8Array {
    return this.#sha256(this.#buckets);
  }

  /** A copy, 256 x 32 bytes. */
  buckets(): Uint8Array {
    return this.#buckets.slice();
  }

  /** Numbers of the buckets whose hashes differ from `other` (256 x 32 bytes). */
  differing(other: Uint8Array): number[] {
    const found: number[] = [];
    for (let bucket = 0; bucket < BUCKET_COUNT; bucket += 1) {
      const start = bucket * HASH_BYTES;
      if (
        !equalBytes(
          this.#buckets.subarray(start, start + HASH_BYTES),
          other.subarray(start, start + HASH_BYTES),
        )
      ) {
        found.push(bucket);
      }
    }
    return found;
  }
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at += 1) if (a[at] !== b[at]) return false;
  return true;
}
