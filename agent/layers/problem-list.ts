import type { LayerProblem } from './layer-source.ts';

const MOST = 100;

/** Keeps the first hundred problems of a layer and counts the rest, so that a hostile layer cannot fill memory. */
export interface ProblemList {
  add(path: string, message: string): void;
  /** What was kept; if more came, the last one says how many. */
  list(): readonly LayerProblem[];
}

export function problemList(): ProblemList {
  const kept: LayerProblem[] = [];
  let more = 0;
  return {
    add(path, message) {
      if (kept.length < MOST) kept.push({ path, message });
      else more++;
    },
    list: () => (more === 0 ? kept : [...kept, { path: '', message: `and ${more} more problems` }]),
  };
}
