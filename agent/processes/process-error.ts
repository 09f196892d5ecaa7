/** The process file system itself is not usable. A single process that cannot be read is an outcome, not an error. */
export class ProcessError extends Error {
  /** `not-procfs`: there is no proc(5) file system here; `malformed`: there is, but it does not read like one. */
  readonly code: 'not-procfs' | 'malformed';

  constructor(code: ProcessError['code'], message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'ProcessError';
    this.code = code;
  }
}
