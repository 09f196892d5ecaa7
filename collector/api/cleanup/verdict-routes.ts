import type { FastifyInstance } from 'fastify';
import type { Verdict } from '../../../core/cleanup/policy.ts';
import type { FleetCleanup } from '../../cleanup/fleet-cleanup.ts';
import { pageParameters, pageRequest, parameters, schema, type PageParameters } from '../routing.ts';
import { list, object, page, ref, text } from '../schemas/json-schema.ts';
import { body, idPattern, issuer, type Issued } from './bodies.ts';

interface OfList {
  Params: { readonly list: string };
}

const BODY_LIMIT = 16 * 1024 * 1024;
const MOST_ENTRIES = 100_000;
const params = parameters({ list: { ...text, pattern: idPattern } }, ['list']);
const entries = {
  ...list(
    object({
      digest: { ...text, pattern: '^sha(256|384|512):[0-9a-f]{64,128}$' },
      reason: { ...text, minLength: 1, maxLength: 1000 },
    }),
  ),
  maxItems: MOST_ENTRIES,
};

export function verdictRoutes(app: FastifyInstance, { verdicts }: FleetCleanup): void {
  app.get<{ Querystring: PageParameters }>(
    '/cleanup/verdicts',
    {
      schema: schema({
        id: 'listVerdictLists',
        summary: 'Verdict lists, latest made first',
        query: pageParameters(),
        answer: page(ref('VerdictListSummary')),
      }),
    },
    async ({ query }) => await verdicts.list(pageRequest(query)),
  );

  app.get<OfList>(
    '/cleanup/verdicts/:list',
    {
      schema: schema({ id: 'getVerdictList', summary: 'A verdict list', params, answer: ref('VerdictList') }),
    },
    async (request) => await verdicts.get(request.params.list),
  );

  app.put<OfList & { Body: Issued & { readonly entries: readonly Verdict[] } }>(
    '/cleanup/verdicts/:list',
    {
      bodyLimit: BODY_LIMIT,
      schema: schema({
        id: 'putVerdictList',
        summary: 'Makes a verdict list, or replaces all of it',
        params,
        body: body({ entries }),
        answer: ref('VerdictList'),
      }),
    },
    async (request) => await verdicts.put(request.params.list, request.body),
  );

  app.delete<OfList & { Querystring: Issued }>(
    '/cleanup/verdicts/:list',
    {
      schema: schema({
        id: 'deleteVerdictList',
        summary: 'Forgets a verdict list',
        params,
        query: parameters({ issuer }, ['issuer']),
        answer: object({}),
      }),
    },
    async (request) => {
      await verdicts.delete(request.params.list, request.query.issuer);
      return {};
    },
  );
}
