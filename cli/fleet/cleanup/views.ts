import type { CleanupPlan } from '../../../core/cleanup/plan.ts';
import type { Rollout } from '../../../core/fleet-cleanup/rollout.ts';
import type { EventBody } from '../../../proto/codec/event.ts';

// What the collector's API answers about cleanup. /api/openapi.json there has all of it. Times are ms since the epoch.

export interface PlannedNode {
  readonly node: string;
  readonly state: 'waiting' | 'asked' | 'disconnected' | 'planned' | 'failed' | 'refused' | 'expired';
  readonly why?: string;
  readonly planId?: string;
  readonly stateHash?: string;
  readonly images?: number;
  readonly kept?: number;
  readonly bytes?: number;
  readonly refusals?: readonly string[];
}

export interface FleetPlan {
  readonly id: string;
  readonly state: 'gathering' | 'whole';
  readonly nodes: readonly PlannedNode[];
}

export interface NodePlan {
  readonly plan: CleanupPlan;
  readonly omittedKept: number;
}

export interface FleetRollout extends Rollout {
  readonly id: string;
  readonly planId: string;
  readonly issuer: string;
}

export type FleetReceipt = Omit<Extract<EventBody, { readonly kind: 'receipt' }>, 'kind'> & {
  readonly node: string;
};

export interface VerdictListSummary {
  readonly name: string;
  readonly issuer: string;
  readonly changedAt: number;
  readonly entries: number;
}

export interface VerdictList extends Omit<VerdictListSummary, 'entries'> {
  readonly entries: readonly { readonly digest: string; readonly reason: string }[];
}
