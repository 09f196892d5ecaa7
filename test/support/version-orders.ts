import assert from 'node:assert/strict';
import fc from 'fast-check';

type Compare = (a: string, b: string) => number;

/** Asserts that every version of a rising list is below every later one, both ways round, and equal to itself. */
export function assertOrder(compare: Compare, rising: readonly string[]): void {
  for (const [i, a] of rising.entries()) {
    for (const [j, b] of rising.entries()) {
      assert.equal(Math.sign(compare(a, b)), Math.sign(i - j), `${a} and ${b}`);
    }
  }
}

/**
 * Asserts for texts made of `parts` that the comparison is antisymmetric and, unless told otherwise, transitive.
 * (rpm's and apk's own orders are not transitive for some malformed versions.)
 */
export function assertTotalOrder(
  compare: Compare,
  parts: readonly string[],
  { transitive = true }: { transitive?: boolean } = {},
): void {
  const version = fc.array(fc.constantFrom(...parts), { maxLength: 8 }).map((chosen) => chosen.join(''));
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      assert.equal(Math.sign(compare(a, b)) + Math.sign(compare(b, a)), 0);
      assert.equal(compare(a, a), 0);
      if (transitive && compare(a, b) <= 0 && compare(b, c) <= 0) assert.ok(compare(a, c) <= 0);
    }),
  );
}
