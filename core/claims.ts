import type { Fact, FileClaim } from './facts.ts';

/** The claims of those facts that have any, by their place among the facts. */
export type ClaimsByPlace = readonly (readonly [place: number, claims: readonly FileClaim[]])[];

/** Takes the claims, which are large and seldom wanted, out of facts. */
export function withoutClaims(facts: readonly Fact[]): {
  readonly plain: readonly Fact[];
  readonly claims: ClaimsByPlace;
} {
  const claims = facts.flatMap(({ claims: some }, at) => (some === undefined ? [] : [[at, some] as const]));
  return { plain: facts.map(plainOf), claims };
}

function plainOf(fact: Fact): Fact {
  const plain: { -readonly [Key in keyof Fact]: Fact[Key] } = { ...fact };
  delete plain.claims;
  return plain;
}

/** Puts them back. */
export function withClaims(plain: readonly Fact[], claims: ClaimsByPlace): readonly Fact[] {
  const places = new Map(claims);
  return plain.map((fact, at) => {
    const some = places.get(at);
    return some === undefined ? fact : { ...fact, claims: some };
  });
}
