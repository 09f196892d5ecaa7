import { damaged } from './database-error.ts';

const MAX_PROBLEMS = 1000;

/** What was found damaged on the way. */
export interface ProblemList {
  /** Throws, and goes on throwing, once there are so many that the rest is not worth reading. */
  readonly report: (problem: string) => void;
  /** Takes what ended the reading. */
  readonly conclude: (problem: string) => void;
  /** The first problem and how many more there are; undefined when all was well. */
  readonly summary: () => string | undefined;
}

export function problemList(): ProblemList {
  let first: string | undefined;
  let count = 0;
  function conclude(problem: string): void {
    first ??= problem;
    count += 1;
  }
  return {
    report(problem) {
      conclude(problem);
      if (count > MAX_PROBLEMS) throw damaged('too much is damaged');
    },
    conclude,
    summary: () => (count > 1 ? `${first} (and ${count - 1} more)` : first),
  };
}
