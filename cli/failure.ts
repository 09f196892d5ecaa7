import { cleanText } from './output/table.ts';

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
  /** An engine, the collector or its database cannot be reached. */
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

/** By the `code` that the errors of every area carry. */
const CODES: Readonly<Record<string, number>> = {
  denied: EXIT.denied,
  EACCES: EXIT.denied,
  EPERM: EXIT.denied,
  refused: EXIT.denied,
  unreachable: EXIT.unreachable,
  unavailable: EXIT.unreachable,
  'not-found': EXIT.notFound,
  unknown: EXIT.notFound,
  'not-an-image': EXIT.notFound,
  unreadable: EXIT.notFound,
  ENOENT: EXIT.notFound,
  missing: EXIT.usage,
  'invalid-value': EXIT.usage,
  'unknown-setting': EXIT.usage,
  'unreadable-file': EXIT.usage,
  'bad-name': EXIT.usage,
  policy: EXIT.usage,
};

/** A chain of causes is short; one that leads back to itself must end too. */
const MOST_CAUSES = 8;

/**
 * The exit code that fits an error: its own, or by its `code`. What the system does not permit is `denied`, however
 * the area that met it calls that.
 */
export function exitCodeOf(error: unknown): number {
  if (error instanceof Failure) return error.exitCode;
  const codes: string[] = [];
  for (let one = error; one instanceof Error && codes.length < MOST_CAUSES; one = one.cause) {
    codes.push('code' in one ? String(one.code) : '');
  }
  const [code = '', ...causes] = codes;
  // A layer's error comes from another thread, and without its cause: mostly it was that.
  const isDenied =
    codes.some((one) => CODES[one] === EXIT.denied) || (code === 'unreadable' && causes.length === 0);
  return isDenied ? EXIT.denied : (CODES[code] ?? EXIT.failed);
}

/** What to tell the operator: one line, without control characters, whatever a message took in from outside. */
export function failureLine(error: unknown): string {
  const message = error instanceof Error && error.message !== '' ? error.message : String(error);
  return cleanText(message.replace(/\s*[\r\n]+\s*/g, ' ').trim());
}
