import type { PlanItem, Reason } from './plan.ts';
import type { UseKind } from './uses.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const USES_TOLD = 3;

/** Why an image stays or goes, as a person would say it: `kept: used by container web-1 (exited)`. */
export function explain({ action, reasons }: Pick<PlanItem, 'action' | 'reasons'>): string {
  const why = reasons.map(reasonText).join('; ');
  return `${action === 'remove' ? 'remove' : 'kept'}: ${why}`;
}

/** One reason without the verb. */
export function reasonText(reason: Reason): string {
  switch (reason.kind) {
    case 'used': {
      const who = reason.uses.map((use) => `${useWord(use.kind)} ${use.who}`);
      const told = who.slice(0, USES_TOLD).join(', ');
      return who.length > USES_TOLD ? `${told} and ${who.length - USES_TOLD} more` : told;
    }
    case 'protected':
      return `protected: ${reason.name} is meant by "${reason.pattern}"`;
    case 'not-meant':
      return `not among those chosen by name: ${reason.name}`;
    case 'unknown':
      return `not known well enough: ${reason.what}`;
    case 'unpullable':
      return 'could not be pulled again: it did not come from a registry';
    case 'young':
      return `on this node for ${duration(reason.ageMs)} only, less than ${duration(reason.minimumMs)}`;
    case 'recently-used':
      return reason.wasUsed
        ? `used ${duration(reason.unusedMs)} ago, less than ${duration(reason.neededMs)}`
        : `here unused for ${duration(reason.unusedMs)}, less than ${duration(reason.neededMs)}`;
    case 'newest':
      return reason.keepNewest === 1
        ? `the newest of ${reason.repository} here`
        : `among the ${reason.keepNewest} newest of ${reason.repository} here`;
    case 'no-verdict':
      return 'no verdict against it';
    case 'disk-enough':
      return 'the disk has room enough without it';
    case 'refused':
      return 'nothing is removed now';
    case 'limit':
      return reason.limit === 'images'
        ? 'as many images as one run may remove'
        : 'as many bytes as one run may free';
    case 'unused': {
      const since = reason.wasUsed
        ? `unused ${duration(reason.unusedMs)}`
        : `never used in ${duration(reason.unusedMs)}`;
      if (reason.newer === 0) return since;
      return `${since}, ${reason.newer} newer ${reason.newer === 1 ? 'image' : 'images'} of the same repository`;
    }
    case 'verdict':
      return reason.reason;
  }
}

function useWord(kind: UseKind): string {
  if (kind === 'pin') return 'pinned by';
  return kind === 'child' ? 'parent of' : 'used by';
}

/** Two days and more in days, and so on down: never more exact than matters. */
export function duration(ms: number): string {
  if (ms >= 2 * DAY) return `${Math.floor(ms / DAY)} days`;
  if (ms >= 2 * HOUR) return `${Math.floor(ms / HOUR)} hours`;
  if (ms >= 2 * MINUTE) return `${Math.floor(ms / MINUTE)} minutes`;
  return `${Math.floor(ms / 1000)} seconds`;
}
