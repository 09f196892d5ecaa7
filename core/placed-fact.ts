import type { FactRef } from './composition.ts';
import type { Fact } from './facts.ts';

/** A fact with its place among an image's layers. */
export interface PlacedFact {
  readonly ref: FactRef;
  readonly fact: Fact;
}
