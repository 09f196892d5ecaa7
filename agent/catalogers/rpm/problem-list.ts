import { damaged } from './database-error.ts';

const MAX_PROBLEMS = 1000;

/** What was found damaged on the way. */
export interface ProblemList {
  /** Throws once there are so many that the rest is not worth reading. */
  readonly report: (problem: string) => void;
  /** The first problem and how many more there are; undefined when all was well. */
  readonly summary: () => string | undefined;
}

export function problemList(): ProblemList {
  let first: string | undefined;
  let count = 0;
  return {
    report(problem) {
      first ??= problem;
      count += 1;
      if (count === MAX_PROBLEMS) throw damaged('too much is damaged');
    },
    summary: () => (count > 1 ? `${first} (and ${count - 1} more)` : first),
  };
}
