/**
 * Why a node gets no certificate.
 * - `malformed`: what it sent is no request.
 * - `stranger`: what it shows is no proof at all, so that the name it gives may be anyone's.
 * - `denied`: its proof does not give it that name; a person must act.
 * - `busy`: too much is asked at a time.
 * - `unavailable`: the collector cannot decide now.
 */
export type RefusalKind = 'malformed' | 'stranger' | 'denied' | 'busy' | 'unavailable';

/** The message is for the operator of the node, and goes to it as it stands. */
export class EnrollmentRefusal extends Error {
  readonly kind: RefusalKind;

  constructor(kind: RefusalKind, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'EnrollmentRefusal';
    this.kind = kind;
  }
}
