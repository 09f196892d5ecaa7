import type { ClaimAnswer } from '../ingest/ingest-store.ts';

/** What of an offered ref may be asked of the node that offers it. */
export type Standing =
  /** It is stored, and nobody is asked for it. */
  | { readonly kind: 'done' }
  /** It is stored, and this node is not the one to verify it. */
  | { readonly kind: 'held' }
  | { readonly kind: 'elsewhere' }
  /** `isRenewal`: the node has a lease on it already, in whose place the new one comes. */
  | { readonly kind: 'wanted'; readonly verify: boolean; readonly isRenewal: boolean };

/** The answer when nothing is asked of the node. */
export function unasked(standing: Standing | undefined): ClaimAnswer {
  if (standing?.kind === 'done' || standing?.kind === 'held') return { kind: 'held' };
  return { kind: standing?.kind === 'wanted' && standing.verify ? 'held' : 'elsewhere' };
}

/** Leases that run: of all nodes, and of the node that asks. */
export interface RunningLeases {
  readonly all: number;
  readonly own: number;
}

/**
 * Which of these the node gets. Anew what it has already, and more as long as others would find more free than it has
 * itself: one node alone gets half of all, far more than it works off at a time, and however many are taken, whoever has
 * none gets some.
 */
export function grantedOf(
  standings: readonly (Standing | undefined)[],
  { all, own }: RunningLeases,
  most: number,
): boolean[] {
  let room = moreLeases({ all, own }, most);
  return standings.map((one) => {
    if (most === 0 || one?.kind !== 'wanted') return false;
    if (one.isRenewal) return true;
    room -= 1;
    return room >= 0;
  });
}

function moreLeases({ all, own }: RunningLeases, most: number): number {
  return Math.max(0, Math.ceil((most - all - own) / 2));
}
