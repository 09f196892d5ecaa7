import type { Readiness } from '../../platform/metrics-server.ts';
import type { UplinkStatus } from '../uplink/uplink.ts';

/**
 * Ready means: the stream is up and the certificate valid. `now`: ms since the epoch. `identityProblem`: why there is no
 * certificate, or no newer one; as long as the present one is good that is a note.
 */
export function readinessOf(
  status: UplinkStatus,
  now: number,
  notes: readonly string[] = [],
  identityProblem?: string,
): Readiness {
  const reasons: string[] = [];
  if (!status.connected) {
    reasons.push(identityProblem ?? status.lastError ?? 'not connected to the collector yet');
  } else if (identityProblem !== undefined) {
    notes = [...notes, `the certificate is not renewed: ${identityProblem}`];
  }
  if (status.certificateValidUntil !== undefined && status.certificateValidUntil <= now) {
    reasons.push(`the certificate expired at ${new Date(status.certificateValidUntil).toISOString()}`);
  }
  return { ready: reasons.length === 0, reasons, ...(notes.length > 0 && { notes }) };
}
