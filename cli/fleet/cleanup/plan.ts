import { setTimeout as sleep } from 'node:timers/promises';
import type { CleanupPolicy } from '../../../core/cleanup/policy.ts';
import type { ApiClient } from '../../api-client.ts';
import type { Progress } from '../../output/progress.ts';
import { asker } from './asker.ts';
import { isOpen } from './tables.ts';
import type { FleetPlan, NodePlan } from './views.ts';

const POLL_MS = 500;

export interface FleetPlanRequest {
  readonly id: string;
  readonly nodes: readonly string[];
  readonly policy: CleanupPolicy;
  readonly verdicts?: string;
  readonly atOnce: number;
  readonly answerMs: number;
}

/** Asks nodes for plans, and waits for all that are connected. */
export async function askForPlans(
  api: ApiClient,
  request: FleetPlanRequest,
  progress: Progress,
  signal: AbortSignal,
): Promise<FleetPlan> {
  await api.send<FleetPlan>('POST', 'cleanup/plans', { issuer: asker(), ...request });
  try {
    return await gathered(api, request.id, progress, signal);
  } finally {
    progress.end();
  }
}

/** As it is once nobody is left to wait for but those who are not connected. */
async function gathered(
  api: ApiClient,
  id: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<FleetPlan> {
  for (;;) {
    const plan = await readPlan(api, id);
    const waiting = plan.nodes.filter((one) => isOpen(one) && one.state !== 'disconnected').length;
    progress.show('plans', plan.nodes.length - waiting, plan.nodes.length);
    if (waiting === 0) return plan;
    await sleep(POLL_MS, undefined, { signal });
  }
}

export async function readPlan(api: ApiClient, id: string): Promise<FleetPlan> {
  return await api.get<FleetPlan>(`cleanup/plans/${encodeURIComponent(id)}`);
}

/** The plan of every node that sent one, image by image. */
export async function nodePlans(api: ApiClient, plan: FleetPlan): Promise<ReadonlyMap<string, NodePlan>> {
  const plans = new Map<string, NodePlan>();
  for (const { node, state } of plan.nodes) {
    if (state !== 'planned') continue;
    const path = `cleanup/plans/${encodeURIComponent(plan.id)}/nodes/${encodeURIComponent(node)}`;
    plans.set(node, await api.get<NodePlan>(path));
  }
  return plans;
}
