import type { Readiness } from '../../platform/metrics-server.ts';
import type { UplinkStatus } from '../uplink/uplink.ts';

/** Ready means: the stream is up and the certificate valid. `now`: ms since the epoch. */
export function readinessOf(status: UplinkStatus, now: number, notes: readonly string[] = []): Readiness {
  const reasons: string[] = [];
  if (!status.connected) reasons.push(status.lastError ?? 'not connected to the collector yet');
  if (status.certificateValidUntil !== undefined && status.certificateValidUntil <= now) {
    reasons.push(`the certificate expired at ${new Date(status.certificateValidUntil).toISOString()}`);
  }
  return { ready: reasons.length === 0, reasons, ...(notes.length > 0 && { notes }) };
}
