import type { FastifyInstance } from 'fastify';
import { DEFAULT_ROLLOUT, type RolloutSettings } from '../../../core/fleet-cleanup/rollout.ts';
import type { Tolerance } from '../../../core/fleet-cleanup/surprise.ts';
import type { FleetCleanup } from '../../cleanup/fleet-cleanup.ts';
import type { KeptRollout } from '../../cleanup/rollout-book.ts';
import type { SignedCommands } from '../../cleanup/signed-commands.ts';
import { pageParameters, pageRequest, parameters, schema, type PageParameters } from '../routing.ts';
import { count, object, page, ref, text, type JsonSchema } from '../schemas/json-schema.ts';
import { body, id, signedCommands, type Issued } from './bodies.ts';

interface RolloutBody extends Issued {
  readonly id: string;
  readonly planId: string;
  readonly settings?: Partial<Omit<RolloutSettings, 'tolerance'>> & {
    readonly tolerance?: Partial<Tolerance>;
  };
  readonly commands?: SignedCommands;
}

interface UndoBody extends Issued {
  readonly commands?: SignedCommands;
}

interface OfRollout {
  Params: { readonly rollout: string };
}

/** Ten thousand signed commands. */
const BODY_LIMIT = 16 * 1024 * 1024;
const DAY_MS = 24 * 60 * 60_000;
const percent: JsonSchema = { type: 'integer', minimum: 0, maximum: 100 };
const params = parameters({ rollout: text }, ['rollout']);

const settings = object(
  {},
  {
    canary: { ...count, minimum: 1 },
    sharePercent: percent,
    atOnce: { ...count, minimum: 1, maximum: 1000 },
    pauseMs: { ...count, maximum: DAY_MS },
    answerMs: { ...count, minimum: 1000, maximum: DAY_MS },
    tolerance: object({}, { troubledPercent: percent, leftPercent: percent, bytesPercent: percent }),
  },
);

export function rolloutRoutes(app: FastifyInstance, cleanup: FleetCleanup): void {
  const { rollouts } = cleanup;

  async function ordered(work: () => Promise<KeptRollout>) {
    const kept = await cleanup.exclusively(work);
    cleanup.changed();
    return viewOf(kept);
  }

  app.get<{ Querystring: PageParameters }>(
    '/cleanup/rollouts',
    {
      schema: schema({
        id: 'listRollouts',
        summary: 'Rollouts, latest made first',
        query: pageParameters(),
        answer: page(ref('RolloutSummary')),
      }),
    },
    async ({ query }) => await cleanup.reading(() => rollouts.list(pageRequest(query), summaryOf)),
  );

  app.post<{ Body: RolloutBody }>(
    '/cleanup/rollouts',
    {
      bodyLimit: BODY_LIMIT,
      schema: schema({
        id: 'createRollout',
        summary: 'Carries a plan of many nodes out; the same id again answers the rollout that there is',
        body: body({ id, planId: text }, { settings, commands: signedCommands }),
        answer: ref('Rollout'),
      }),
    },
    async ({ body: { settings: given = {}, ...asked } }) => {
      const tolerance = { ...DEFAULT_ROLLOUT.tolerance, ...given.tolerance };
      return await ordered(() =>
        rollouts.create({ ...asked, settings: { ...DEFAULT_ROLLOUT, ...given, tolerance } }),
      );
    },
  );

  app.get<OfRollout>(
    '/cleanup/rollouts/:rollout',
    {
      schema: schema({
        id: 'getRollout',
        summary: 'A rollout, node by node',
        params,
        answer: ref('Rollout'),
      }),
    },
    async (request) => viewOf(await cleanup.look(request.params.rollout)),
  );

  app.post<OfRollout & { Body: Issued }>(
    '/cleanup/rollouts/:rollout/stop',
    {
      schema: schema({
        id: 'stopRollout',
        summary: 'Begins nothing more; what runs comes to its end',
        params,
        body: body({}),
        answer: ref('Rollout'),
      }),
    },
    async (request) => await ordered(() => rollouts.stop(request.params.rollout, request.body.issuer)),
  );

  app.post<OfRollout & { Body: Issued }>(
    '/cleanup/rollouts/:rollout/continue',
    {
      schema: schema({
        id: 'continueRollout',
        summary: 'Goes on after a stop, and with nodes that could not be reached',
        params,
        body: body({}),
        answer: ref('Rollout'),
      }),
    },
    async (request) => await ordered(() => rollouts.continue(request.params.rollout, request.body.issuer)),
  );

  app.post<OfRollout & { Body: UndoBody }>(
    '/cleanup/rollouts/:rollout/undo',
    {
      bodyLimit: BODY_LIMIT,
      schema: schema({
        id: 'undoRollout',
        summary: 'Brings back what it removed, on every node whose grace period lasts',
        params,
        body: body({}, { commands: signedCommands }),
        answer: ref('Rollout'),
      }),
    },
    async ({ params: { rollout }, body: { issuer, commands } }) =>
      await ordered(() => rollouts.undo(rollout, issuer, commands)),
  );
}

function viewOf({ id: name, planId, issuer, createdAt, rollout }: KeptRollout) {
  return { id: name, planId, issuer, createdAt, ...rollout };
}

function summaryOf(kept: KeptRollout) {
  const { nodes, ...view } = viewOf(kept);
  const meant = nodes.filter(({ state }) => state !== 'left-out');
  const over = meant.filter(({ state }) => state === 'done' || state === 'surprising' || state === 'failed');
  return { ...view, nodes: meant.length, over: over.length };
}
