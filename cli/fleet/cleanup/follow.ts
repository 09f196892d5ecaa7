import { setTimeout as sleep } from 'node:timers/promises';
import { quota } from '../../../core/fleet-cleanup/rollout.ts';
import type { ApiClient } from '../../api-client.ts';
import type { Progress } from '../../output/progress.ts';
import type { FleetRollout } from './views.ts';

const POLL_MS = 1000;

export async function readRollout(api: ApiClient, id: string): Promise<FleetRollout> {
  return await api.get<FleetRollout>(`cleanup/rollouts/${encodeURIComponent(id)}`);
}

/** Shows how far a rollout is, until nothing of it goes on. */
export async function followRollout(
  api: ApiClient,
  id: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<FleetRollout> {
  try {
    for (;;) {
      const rollout = await readRollout(api, id);
      if (isOver(rollout)) return rollout;
      const { text, done, total } = progressOf(rollout);
      progress.show(text, done, total);
      await sleep(POLL_MS, undefined, { signal });
    }
  } finally {
    progress.end();
  }
}

/** Did it do all that it was to do? */
export function isWhole({ phase, nodes }: FleetRollout): boolean {
  if (phase === 'undone') return nodes.every(({ undo }) => undo === undefined || undo === 'done');
  return phase === 'done' && nodes.every(({ state }) => state === 'done' || state === 'left-out');
}

function isOver({ phase, nodes }: FleetRollout): boolean {
  const isQuiet = !nodes.some(({ state, undo }) => state === 'running' || undo === 'running');
  return isQuiet && (phase === 'stopped' || phase === 'done' || phase === 'undone');
}

/** Of the stage: how many nodes of those that it lets begin are over. */
export function progressOf(rollout: FleetRollout): {
  readonly text: string;
  readonly done: number;
  readonly total: number;
} {
  const { phase, stage, nodes, settings } = rollout;
  if (phase === 'undoing') {
    const asked = nodes.filter(({ undo }) => undo !== undefined);
    const back = asked.filter(({ undo }) => undo === 'done' || undo === 'failed');
    return { text: 'bringing back', done: back.length, total: asked.length };
  }
  const over = nodes.filter(({ state }) => state === 'done' || state === 'surprising' || state === 'failed');
  const names = ['canary', `${settings.sharePercent} % of the nodes`, 'all nodes'];
  const pause = phase === 'pausing' ? ', after a pause' : '';
  return { text: `${names[stage] ?? ''}${pause}`, done: over.length, total: quota(rollout, stage) };
}
