/** Cleanup could not do what was asked; the message tells the operator what to do. */
export class CleanupError extends Error {
  /**
   * `busy`: another run goes on. `journal`: it cannot be written or read. `stale`: the node has changed too much.
   * `unknown`: no such plan or receipt. `refused`: the node's own settings forbid it. `failed`: anything else.
   */
  readonly code: 'busy' | 'journal' | 'stale' | 'unknown' | 'refused' | 'failed';

  constructor(code: CleanupError['code'], message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'CleanupError';
    this.code = code;
  }
}
