import assert from 'node:assert/strict';
import fc from 'fast-check';

type Order = (left: string, right: string) => number;

/** Every version is below every later one, in both directions, and equal to itself. */
export function assertAscending(order: Order, versions: readonly string[]): void {
  for (const [i, left] of versions.entries()) {
    for (const [j, right] of versions.entries()) {
      assert.equal(Math.sign(order(left, right)), Math.sign(i - j), `${left} against ${right}`);
    }
  }
}

/** The three texts obey the laws of an order: antisymmetric, reflexive and transitive. */
export function assertOrder(order: Order, a: string, b: string, c: string): void {
  assert.equal(order(a, a), 0);
  assert.equal(Math.sign(order(a, b)), -Math.sign(order(b, a)) || 0);
  const [low = '', middle = '', high = ''] = [a, b, c].sort(order);
  assert.ok(
    order(low, middle) <= 0 && order(middle, high) <= 0 && order(low, high) <= 0,
    `${low} ${middle} ${high}`,
  );
}

/** Texts that look like versions often enough to reach every rule, and any others. */
export const versionLike: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.stringMatching(/^v?[0-9]{1,2}(\.[0-9]{1,2}){0,3}([-+~^._]?[a-z]{0,4}[0-9]{0,2}){0,2}$/),
  },
  fc.string({ unit: fc.constantFrom(...'01.-+~^:_abrcdevp!'.split('')) }),
  fc.string(),
);
