import type { FactRef } from './composition.ts';
import type { Fact } from './facts.ts';

/** A fact in its place: `path` is where the merged image shows it, which may differ from the tar's name for it. */
export interface PlacedFact {
  readonly ref: FactRef;
  readonly fact: Fact;
  readonly path: string;
}
