import swagger from '@fastify/swagger';
import { fastify, type FastifyError, type FastifyInstance } from 'fastify';
import type { AddressInfo } from 'node:net';
import { listenError } from '../../platform/listen-error.ts';
import type { Logger } from '../../platform/logging.ts';
import type { MetricsRegistry } from '../../platform/metrics.ts';
import type { Readiness } from '../../platform/metrics-server.ts';
import type { HostPort } from '../../platform/setting-values.ts';
import type { FleetCleanup } from '../cleanup/fleet-cleanup.ts';
import type { EnrollStore } from '../enroll/enroll-store.ts';
import type { FleetOrders } from '../store/fleet-orders.ts';
import type { InventoryQueries } from '../store/store.ts';
import { checkListen, createCheck, type Access } from './access.ts';
import { planRoutes } from './cleanup/plan-routes.ts';
import { recordRoutes } from './cleanup/record-routes.ts';
import { rolloutRoutes } from './cleanup/rollout-routes.ts';
import { verdictRoutes } from './cleanup/verdict-routes.ts';
import { enrollRoutes } from './enroll-routes.ts';
import { fleetRoutes } from './fleet-routes.ts';
import { imageRoutes } from './image-routes.ts';
import { nodeRoutes } from './node-routes.ts';
import { packageRoutes } from './package-routes.ts';
import { answerError, problem, sendProblem } from './problem.ts';
import { schemas } from './schemas/index.ts';
import { serviceRoutes } from './service-routes.ts';
import { verificationRoutes } from './verification-routes.ts';

/** A package URL in a path; everything else is shorter. */
const MAX_PARAMETER_LENGTH = 4096;
const REQUEST_TIMEOUT_MS = 30_000;
const MAX_CONNECTIONS = 1000;
/** How long requests in progress have when the API closes. */
const CLOSE_MS = 2000;

export interface ApiOptions {
  readonly store: InventoryQueries &
    EnrollStore &
    Pick<FleetOrders, 'commands' | 'command' | 'audit' | 'differencesOf' | 'acknowledgeDifferences'>;
  readonly cleanup: FleetCleanup;
  readonly listen: HostPort;
  readonly access: Access;
  readonly version: string;
  readonly registry: MetricsRegistry;
  readonly readiness: () => Promise<Readiness>;
  /** ms since the epoch. */
  readonly clock: () => number;
  readonly logger: Logger;
}

export interface Api {
  /** Where it really listens, once port 0 is settled. */
  readonly address: HostPort;
  /** Lets requests in progress end, at most for a moment. */
  close(): Promise<void>;
}

/** Serves the HTTP API. Throws a ConfigError for an address that needs a token, or a ListenError. */
export async function startApi(options: ApiOptions): Promise<Api> {
  checkListen(options.listen, options.access);
  const app = await createApp(options);
  try {
    await app.listen({ host: options.listen.host, port: options.listen.port });
  } catch (error) {
    await app.close();
    throw listenError(error, 'http-listen', options.listen);
  }
  app.server.maxConnections = MAX_CONNECTIONS;
  const { address, port } = app.server.address() as AddressInfo;
  return { address: { host: address, port }, close: () => closeApp(app) };
}

/** A client that neither ends its request nor takes its answer must not keep the collector from closing. */
async function closeApp(app: FastifyInstance): Promise<void> {
  const late = setTimeout(() => app.server.closeAllConnections(), CLOSE_MS);
  try {
    await app.close();
  } finally {
    clearTimeout(late);
  }
}

async function createApp(options: ApiOptions): Promise<FastifyInstance> {
  const { store, cleanup, clock, logger, registry, readiness } = options;
  const app: FastifyInstance = fastify({
    logger: false,
    bodyLimit: 1024,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: MAX_PARAMETER_LENGTH },
    ajv: { customOptions: { removeAdditional: false } },
  });
  for (const schema of schemas) app.addSchema(schema);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'tallyman collector',
        version: options.version,
        description: "The fleet's image caches, containers, processes and packages.",
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      ...(options.access.token !== undefined && { security: [{ token: [] }] }),
    },
    refResolver: {
      buildLocalReference: (schema, _base, _fragment, at) =>
        typeof schema.$id === 'string' ? schema.$id : `def-${at}`,
    },
  });
  const check = createCheck(options.listen, options.access);
  app.setErrorHandler<FastifyError>((error, request, reply) => answerError(error, request, reply, logger));
  app.setNotFoundHandler((_request, reply) =>
    sendProblem(reply, problem(404, 'there is no such page; /api/openapi.json lists those there are')),
  );
  serviceRoutes(app, registry, readiness);
  await app.register(
    (api, _none, done) => {
      api.addHook('onRequest', (request, _reply, next) => {
        const { authorization, host, origin } = request.headers;
        check({
          authorization,
          host,
          origin,
          isWriting: request.method !== 'GET' && request.method !== 'HEAD',
        });
        next();
      });
      nodeRoutes(api, store);
      imageRoutes(api, store);
      packageRoutes(api, store);
      fleetRoutes(api, store);
      verificationRoutes(api, { store, audit: cleanup.audit, clock });
      planRoutes(api, cleanup);
      rolloutRoutes(api, cleanup);
      verdictRoutes(api, cleanup);
      recordRoutes(api, cleanup, store, clock);
      enrollRoutes(api, {
        store,
        audit: cleanup.audit,
        isAuthenticated: options.access.token !== undefined,
        clock,
        logger,
      });
      done();
    },
    { prefix: '/api/v1' },
  );
  return app;
}
