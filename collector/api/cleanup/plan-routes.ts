import type { FastifyInstance } from 'fastify';
import type { FleetCleanup } from '../../cleanup/fleet-cleanup.ts';
import type { FleetPlan, PlannedNode } from '../../cleanup/fleet-plans.ts';
import { pageParameters, pageRequest, parameters, schema, type PageParameters } from '../routing.ts';
import { count, page, ref, text } from '../schemas/json-schema.ts';
import { body, id, nodeNames, type Issued } from './bodies.ts';

interface PlanBody extends Issued {
  readonly id: string;
  readonly nodes?: readonly string[];
  readonly policy?: unknown;
  readonly verdicts?: string;
  readonly atOnce?: number;
  readonly answerMs?: number;
}

/** A policy with a verdict list of its own. */
const BODY_LIMIT = 1024 * 1024;
const DEFAULT_AT_ONCE = 50;
const DEFAULT_ANSWER_MS = 10 * 60_000;
const MAX_ANSWER_MS = 24 * 60 * 60_000;

export function planRoutes(app: FastifyInstance, cleanup: FleetCleanup): void {
  app.get<{ Querystring: PageParameters }>(
    '/cleanup/plans',
    {
      schema: schema({
        id: 'listFleetPlans',
        summary: 'Plans of many nodes, latest made first',
        query: pageParameters(),
        answer: page(ref('FleetPlanSummary')),
      }),
    },
    async ({ query }) => await cleanup.reading(() => cleanup.plans.list(pageRequest(query), summaryOf)),
  );

  app.post<{ Body: PlanBody }>(
    '/cleanup/plans',
    {
      bodyLimit: BODY_LIMIT,
      schema: schema({
        id: 'createFleetPlan',
        summary: 'Asks nodes what cleanup would do there; the same id again answers the plan that there is',
        body: body(
          { id },
          {
            nodes: { ...nodeNames, description: 'Names, * for anything; none: all that are connected' },
            policy: { type: 'object', description: 'By docs/cleanup.md, times in ms' },
            verdicts: { ...text, description: 'Name of a verdict list to add to the policy' },
            atOnce: { ...count, minimum: 1, maximum: 1000 },
            answerMs: { ...count, minimum: 1000, maximum: MAX_ANSWER_MS },
          },
        ),
        answer: ref('FleetPlan'),
      }),
    },
    async ({ body: asked }) => {
      const { nodes = [], policy = {}, verdicts, atOnce, answerMs } = asked;
      const request = {
        id: asked.id,
        issuer: asked.issuer,
        nodes,
        policy,
        ...(verdicts !== undefined && { verdicts }),
        atOnce: atOnce ?? DEFAULT_AT_ONCE,
        answerMs: answerMs ?? DEFAULT_ANSWER_MS,
      };
      const plan = await cleanup.exclusively(() => cleanup.plans.create(request));
      cleanup.changed();
      return plan;
    },
  );

  app.get<{ Params: { readonly plan: string } }>(
    '/cleanup/plans/:plan',
    {
      schema: schema({
        id: 'getFleetPlan',
        summary: 'How far the plans of many nodes are',
        params: parameters({ plan: text }, ['plan']),
        answer: ref('FleetPlan'),
      }),
    },
    async ({ params }) => await cleanup.reading(() => cleanup.plans.get(params.plan)),
  );

  app.get<{ Params: { readonly plan: string; readonly node: string } }>(
    '/cleanup/plans/:plan/nodes/:node',
    {
      schema: schema({
        id: 'getNodePlan',
        summary: "One node's plan, image by image",
        params: parameters({ plan: text, node: text }, ['plan', 'node']),
        answer: ref('NodePlan'),
      }),
    },
    async ({ params }) => await cleanup.reading(() => cleanup.plans.nodePlan(params.plan, params.node)),
  );
}

function summaryOf({ nodes, ...head }: FleetPlan) {
  const sum = (of: (one: PlannedNode) => number | undefined): number =>
    nodes.reduce((total, one) => total + (of(one) ?? 0), 0);
  return {
    ...head,
    nodes: nodes.length,
    planned: nodes.filter(({ state }) => state === 'planned').length,
    images: sum(({ images }) => images),
    bytes: sum(({ bytes }) => bytes),
  };
}
