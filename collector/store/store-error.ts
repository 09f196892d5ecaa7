/**
 * Why the store could not do what it was asked.
 * - `full`, `denied`, `corrupt`, `locked`, `failed`: the database or its disk; an operator must act.
 * - `unavailable`: the database cannot be reached, or does not answer in time; it may be again by itself.
 * - `moved`: another collector has the node's session, or does that work, by now; nothing was stored.
 * - `newer-schema`: the database was written by a newer collector.
 * - `invalid`: what was handed in contradicts itself; nothing was stored.
 * - `invalid-cursor`: a page was asked for with a cursor that this store did not give.
 */
export type StoreErrorCode =
  | 'closed'
  | 'corrupt'
  | 'denied'
  | 'failed'
  | 'full'
  | 'invalid'
  | 'invalid-cursor'
  | 'locked'
  | 'moved'
  | 'newer-schema'
  | 'unavailable';

/** The message is one line and says what to do. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'StoreError';
    this.code = code;
  }
}
