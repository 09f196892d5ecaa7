/** Chances that a seed gives again, in the same order. */
export interface Random {
  /** A whole number from 0 up to, but without, this one. */
  below(limit: number): number;
  /** True once in so many times. */
  oneIn(times: number): boolean;
  /** Undefined of nothing. */
  pick<T>(from: readonly T[]): T | undefined;
}

/** A small generator. Source: mulberry32, public domain. */
export function randomOf(seed: number): Random {
  let state = seed;
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
  return {
    below,
    oneIn: (times) => below(times) === 0,
    pick: (from) => from[below(Math.max(1, from.length))],
  };
}

/** Bytes that do not compress, the same for the same number. */
export function bytesOf(number: number, length = 20_000): Buffer {
  const random = randomOf(number);
  return Buffer.from(Array.from({ length }, () => random.below(256)));
}
