import { randomBytes } from 'node:crypto';
import { hostname, userInfo } from 'node:os';

/** Who asks, for receipts and the audit log: `anna on workstation-7`. */
export function asker(): string {
  return `${userInfo().username} on ${hostname()}`;
}

/** An ID that begins with its time, so that lists of them read well. */
export function newId(kind: 'plan' | 'rollout' | 'undo', now: number): string {
  const time = new Date(now).toISOString().replaceAll(/[-:]/g, '').replace(/\..*$/, '');
  return `${kind}-${time}-${randomBytes(3).toString('hex')}`;
}
