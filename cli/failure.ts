/** Exit codes of every command; documented in docs/cli.md. */
export const EXIT = {
  done: 0,
  /** Something failed on the way. */
  failed: 1,
  /** A wrong flag, argument or setting. */
  usage: 2,
  /** What was named is not there, or is not what it should be. */
  notFound: 3,
  denied: 4,
  /** An engine or the collector cannot be reached. */
  unreachable: 5,
} as const;

/** Ends a command with one line on stderr. */
export class Failure extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'Failure';
    this.exitCode = exitCode;
  }
}

const CODES: Readonly<Record<string, number>> = {
  denied: EXIT.denied,
  unreachable: EXIT.unreachable,
  'not-found': EXIT.notFound,
  'not-an-image': EXIT.notFound,
  unreadable: EXIT.notFound,
  missing: EXIT.usage,
  'invalid-value': EXIT.usage,
  'unknown-setting': EXIT.usage,
  EACCES: EXIT.denied,
  EPERM: EXIT.denied,
  ENOENT: EXIT.notFound,
};

/** The exit code that fits an error: its own, or by the `code` that errors of every area carry. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof Failure) return error.exitCode;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return CODES[code] ?? EXIT.failed;
}
