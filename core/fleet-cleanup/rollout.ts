import { DEFAULT_TOLERANCE, type Tolerance } from './surprise.ts';

/** How carefully a cleanup goes over the fleet. Times in ms. */
export interface RolloutSettings {
  /** So many nodes go first. */
  readonly canary: number;
  /** Then so many of all, in percent. */
  readonly sharePercent: number;
  /** At most so many at a time. */
  readonly atOnce: number;
  /** Between two stages, so that trouble can show. */
  readonly pauseMs: number;
  /** How long a node has for its run, or to come back when it is not connected. */
  readonly answerMs: number;
  readonly tolerance: Tolerance;
}

const MINUTE = 60_000;

export const DEFAULT_ROLLOUT: RolloutSettings = {
  canary: 1,
  sharePercent: 10,
  atOnce: 10,
  pauseMs: MINUTE,
  answerMs: 15 * MINUTE,
  tolerance: DEFAULT_TOLERANCE,
};

/** The canary, the share, all. */
export const STAGES = 3;

/** A node in a rollout, and how far it is. Times are ms since the epoch. */
export interface RolloutNode {
  readonly node: string;
  /** Both in hex, as in its plan. */
  readonly planId: string;
  readonly stateHash: string;
  /** What the plan removes. */
  readonly images: number;
  readonly bytes: number;
  /**
   * - `left-out`: never meant to run, as `why` says
   * - `waiting`: not begun
   * - `unreached`: was not connected when its turn came; not begun
   * - `running`: ordered, and its result is awaited
   * - `done`, `surprising`, `failed`: over
   */
  readonly state: 'left-out' | 'waiting' | 'unreached' | 'running' | 'done' | 'surprising' | 'failed';
  /** What there is to say of that: no sentence's beginning. */
  readonly why?: string;
  /** From 0; absent until it began. */
  readonly stage?: number;
  readonly begunAt?: number;
  readonly receiptId?: string;
  /** Absent when nothing of it can be brought back. */
  readonly undoUntil?: number;
  readonly removed?: number;
  readonly measuredBytes?: number;
  /** Absent when nobody asked for it. */
  readonly undo?: 'waiting' | 'running' | 'done' | 'failed';
  readonly undoWhy?: string;
  readonly undoBegunAt?: number;
}

/** Plans of many nodes, carried out with care. Plain data: `step` says how it changes. */
export interface Rollout {
  readonly settings: RolloutSettings;
  /**
   * - `pausing`: between two stages, until `resumeAt`
   * - `stopped`: nothing more begins, as `why` says; what runs comes to its end
   * - `done`: all that could be reached are over
   */
  readonly phase: 'running' | 'pausing' | 'stopped' | 'done' | 'undoing' | 'undone';
  /** From 0. */
  readonly stage: number;
  readonly resumeAt?: number;
  readonly why?: string;
  /** When something last began or ended. */
  readonly movedAt: number;
  /** How often it was asked to be undone: part of the commands' ids. */
  readonly undoRound: number;
  /** In the order of their turns. */
  readonly nodes: readonly RolloutNode[];
}

/** Nodes whose plan has nothing to do are left out, and say so. */
export function newRollout(settings: RolloutSettings, nodes: readonly RolloutNode[], at: number): Rollout {
  return { settings, phase: 'running', stage: 0, movedAt: at, undoRound: 0, nodes };
}

/** So many nodes may have begun by the end of a stage. */
export function quota({ settings, nodes }: Rollout, stage: number): number {
  let all = 0;
  for (const { state } of nodes) if (state !== 'left-out') all += 1;
  const canary = Math.min(all, Math.max(1, settings.canary));
  if (stage === 0) return canary;
  if (stage === 1) return Math.max(canary, Math.min(all, Math.ceil((all * settings.sharePercent) / 100)));
  return all;
}

/** Was a run ordered from this node? */
export function hasBegun({ state }: RolloutNode): boolean {
  return state === 'running' || state === 'done' || state === 'surprising' || state === 'failed';
}

/** Can what its run removed be brought back? */
export function canUndo({ receiptId, undoUntil = 0 }: RolloutNode, at: number): boolean {
  return receiptId !== undefined && undoUntil > at;
}

/** Begins things, now or after a pause. */
export function isGoing({ phase }: Rollout): boolean {
  return phase === 'running' || phase === 'pausing';
}

/** Stops what goes; what is stopped, over or being undone stays so. */
export function stopped(rollout: Rollout, why: string, at: number): Rollout {
  if (!isGoing(rollout)) return rollout;
  const { resumeAt: _, ...rest } = rollout;
  return { ...rest, phase: 'stopped', why, movedAt: at };
}

/**
 * The id of a node's command follows from the rollout's, so that the node executes it once however often it is sent.
 * `round`: of an undo, from 1.
 */
export function rolloutCommandId(
  rolloutId: string,
  order: { readonly kind: 'apply' | 'undo'; readonly node: string },
  round: number,
): string {
  return order.kind === 'apply'
    ? `${rolloutId}.apply.${order.node}`
    : `${rolloutId}.undo-${round}.${order.node}`;
}
