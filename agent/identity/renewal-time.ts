/** Renewals of a fleet that was set up at one moment are spread over this part of the certificates' life. */
const SPREAD = 0.1;
/** Clocks jump and machines sleep: so often it is looked at what time it is, ms. */
const LONGEST_WAIT_MS = 3_600_000;

/** ms since the epoch. */
export interface Validity {
  readonly validFrom: number;
  readonly validUntil: number;
}

/**
 * - `wait`: look again then, ms from now.
 * - `renew`: the certificate is good, and past half of its life; or it is good only later, as one that was issued while a clock
 *   was ahead, and nobody takes it until then.
 * - `enroll`: there is none, or it has expired.
 */
export type IdentityStep =
  { readonly kind: 'wait'; readonly ms: number } | { readonly kind: 'renew' } | { readonly kind: 'enroll' };

/** What is to be done now. `jitter`: uniform in [0, 1), one for each certificate. */
export function nextStep(current: Validity | undefined, now: number, jitter: number): IdentityStep {
  if (current === undefined || current.validUntil <= now) return { kind: 'enroll' };
  const { validFrom, validUntil } = current;
  if (validFrom > now) return { kind: 'renew' };
  const renewAt = validFrom + (validUntil - validFrom) * (0.5 + SPREAD * (jitter - 0.5));
  if (renewAt <= now) return { kind: 'renew' };
  return { kind: 'wait', ms: Math.min(renewAt - now, LONGEST_WAIT_MS) };
}
