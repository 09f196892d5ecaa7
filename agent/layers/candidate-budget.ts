/** Some 100,000 candidates; the largest layers known have a third of that. */
const MAX_BYTES = 48 * 1024 * 1024;
/** What one costs in memory until it has been read, besides its path. */
const CANDIDATE_BYTES = 400;

/** What is said of a candidate that there is no room for. */
export const TOO_MANY_CANDIDATES = 'was not read: the layer has too many files that may tell of packages';

/** Bounds how many candidates of one layer are remembered until they are read, or have been. */
export interface CandidateBudget {
  /** False where there is no room for another one. */
  take(path: string): boolean;
}

export function candidateBudget(): CandidateBudget {
  let bytes = 0;
  return {
    take(path) {
      if (bytes > MAX_BYTES) return false;
      bytes += CANDIDATE_BYTES + path.length;
      return true;
    },
  };
}
