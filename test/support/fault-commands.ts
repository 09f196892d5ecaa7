import assert from 'node:assert/strict';
import type { FleetPlan } from '../../cli/fleet/cleanup/views.ts';
import { DEFAULT_POLICY } from '../../core/cleanup/policy.ts';
import type { StoredEvent } from './fault-events.ts';
import type { CollectorProgram } from './fault-programs.ts';
import { eventually } from './system.ts';

/** However busy the machine is. */
const PATIENCE_S = 150;

type Api = CollectorProgram['api'];

/** Asks these nodes for a plan: a command to each. The same id again is the same plan. */
export async function order(api: Api, id: string, nodes: readonly string[]): Promise<void> {
  const policy = { ...DEFAULT_POLICY };
  const asked = { id, issuer: 'anna', nodes, policy, atOnce: nodes.length, answerMs: PATIENCE_S * 1000 };
  await eventually(
    () => api.send('POST', 'cleanup/plans', asked),
    () => true,
    PATIENCE_S,
  );
}

/** These nodes answered these plans, and the audit log of who ordered what is whole. */
export async function assertCarriedOut(
  api: Api,
  plans: ReadonlyMap<string, readonly string[]>,
): Promise<void> {
  for (const [plan, nodes] of plans) {
    const answer = await eventually(
      () => api.get<FleetPlan>(`cleanup/plans/${plan}`),
      ({ state }) => state === 'whole',
      PATIENCE_S,
    );
    assert.deepEqual(
      answer.nodes.map(({ node, state }) => [node, state]),
      nodes.map((node) => [node, 'planned']),
    );
  }
  assert.equal((await api.get<{ readonly kind: string }>('audit/verification')).kind, 'whole');
}

/** Ids of the commands that a node told the results of, as often as it did and in that order. */
export function resultsOf(events: readonly StoredEvent[], node: string): readonly string[] {
  const ofNode = events.filter((event) => event.node === node);
  return ofNode.flatMap(({ body }) => (body.kind === 'command-result' ? [body.commandId] : []));
}
