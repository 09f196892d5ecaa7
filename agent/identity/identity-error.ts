/**
 * The node has no certificate, or cannot have another. The message says what a person has to do, where one has to.
 * - `refused`: the collector said no; the same again is useless until a person acts.
 * - `unreachable`: nobody answered, or not now.
 * - `no-proof`: there is nothing to enrol with.
 * - `unusable`: what was issued, or lies in the state folder, is not right.
 * - `clock`: what was issued is not good by this node's clock.
 */
export class IdentityError extends Error {
  readonly code: 'refused' | 'unreachable' | 'no-proof' | 'unusable' | 'clock';

  constructor(code: IdentityError['code'], message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'IdentityError';
    this.code = code;
  }
}
