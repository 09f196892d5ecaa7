import type { FastifyInstance } from 'fastify';
import type { InventoryQueries } from '../store/store.ts';
import type { Life } from '../store/views.ts';
import { pageParameters, pageRequest, schema, type PageParameters } from './routing.ts';
import { oneOf, page, ref, text, time } from './schemas/json-schema.ts';

interface HistoryListing {
  Querystring: PageParameters & {
    readonly node?: string;
    readonly kind?: Life['kind'];
    readonly since?: number;
  };
}

export function fleetRoutes(app: FastifyInstance, store: InventoryQueries): void {
  app.get(
    '/summary',
    { schema: schema({ id: 'getSummary', summary: 'The fleet in numbers', answer: ref('Summary') }) },
    () => store.summary(),
  );

  app.get<HistoryListing>(
    '/history',
    {
      schema: schema({
        id: 'listHistory',
        summary: 'What came and went, latest change first',
        query: pageParameters({
          node: text,
          kind: oneOf('image', 'container'),
          since: { ...time, description: 'Only what came or went then or later, ms since the epoch' },
        }),
        answer: page(ref('Life')),
      }),
    },
    ({ query: { node, kind, since, ...asked } }) => {
      const filter = {
        ...(node !== undefined && { node }),
        ...(kind !== undefined && { kind }),
        ...(since !== undefined && { since }),
      };
      return store.history(filter, pageRequest(asked));
    },
  );

  app.get<{ Querystring: PageParameters }>(
    '/refusals',
    {
      schema: schema({
        id: 'listRefusals',
        summary: 'Agents that were turned away, latest first',
        query: pageParameters(),
        answer: page(ref('Refusal')),
      }),
    },
    (request) => store.refusals(pageRequest(request.query)),
  );
}
