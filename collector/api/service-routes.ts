import type { FastifyInstance } from 'fastify';
import { EXPOSITION_TYPE, type MetricsRegistry } from '../../platform/metrics.ts';
import type { Readiness } from '../../platform/metrics-server.ts';
import { parameters } from './routing.ts';
import { object, oneOf, ref } from './schemas/json-schema.ts';

/** For probes and scrapers: they take no token, and tell nothing of what the fleet holds but counts. */
export function serviceRoutes(
  app: FastifyInstance,
  registry: MetricsRegistry,
  readiness: () => Promise<Readiness>,
): void {
  app.get(
    '/healthz',
    {
      schema: {
        operationId: 'getHealth',
        summary: 'Answers while the process lives',
        response: { 200: { description: 'It lives', ...object({ status: oneOf('ok') }) } },
      },
    },
    () => ({ status: 'ok' }),
  );

  app.get(
    '/readyz',
    {
      schema: {
        operationId: 'getReadiness',
        summary: 'Whether agents and people can be served',
        response: {
          200: { description: 'Ready', ...ref('Ready') },
          503: { description: 'Not ready', ...ref('Ready') },
        },
      },
    },
    async (_request, reply) => {
      const state = await readiness();
      return reply.code(state.ready ? 200 : 503).send(state);
    },
  );

  app.get(
    '/metrics',
    {
      schema: {
        operationId: 'getMetrics',
        summary: 'Prometheus metrics, text format',
        querystring: parameters({}),
        response: {
          200: { description: 'Metrics', content: { 'text/plain': { schema: { type: 'string' } } } },
        },
      },
    },
    async (_request, reply) =>
      reply
        .header('content-type', EXPOSITION_TYPE)
        .serializer(String)
        .send(await registry.exposition()),
  );

  app.get('/api/openapi.json', { schema: { hide: true } }, () => app.swagger());
}
