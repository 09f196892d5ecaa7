import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from '../../platform/logging.ts';
import type { EnrollStore } from '../enroll/enroll-store.ts';
import { EnrollmentOrders, type EnrollmentOrdersParts, type Orderer } from '../enroll/enrollment-orders.ts';
import {
  LONGEST_LIFE_MS,
  MOST_USES,
  SHORTEST_LIFE_MS,
  shownToken,
  type JoinTokenWish,
} from '../enroll/join-token-orders.ts';
import { issuer, type Issued } from './cleanup/bodies.ts';
import { ApiError } from './problem.ts';
import {
  found,
  pageParameters,
  pageRequest,
  parameters,
  pathParameter,
  schema,
  type PageParameters,
} from './routing.ts';
import { object, page, ref, text } from './schemas/json-schema.ts';

export interface EnrollRouteParts {
  readonly store: EnrollStore;
  readonly audit: EnrollmentOrdersParts['audit'];
  /** Whoever asks has shown a token. */
  readonly isAuthenticated: boolean;
  /** ms since the epoch. */
  readonly clock: () => number;
  readonly logger: Logger;
}

const HOUR_MS = 3_600_000;
const query = pageParameters();
const wish = object(
  { nodes: { ...text, pattern: String.raw`^[\w.*-]{1,253}$`, description: '* stands for any characters' } },
  {
    uses: { type: 'integer', minimum: 1, maximum: MOST_USES, default: 1 },
    lifeMs: { type: 'integer', minimum: SHORTEST_LIFE_MS, maximum: LONGEST_LIFE_MS, default: HOUR_MS },
    issuer,
  },
);
const issuedQuery = parameters({ issuer });

/** Who may have a certificate. What is ordered here gives a name in the fleet, so it takes the API token on loopback too. */
export function enrollRoutes(app: FastifyInstance, parts: EnrollRouteParts): void {
  const { store, audit, clock, logger } = parts;
  const orders = new EnrollmentOrders({ store, audit, clock, randomBytes });
  function onlyAuthenticated(): void {
    if (parts.isAuthenticated) return;
    throw new ApiError(
      'forbidden',
      'who may join the fleet is said by whoever shows the API token; set api-token, or stop the collector and use --data-dir',
    );
  }

  app.get<{ Querystring: PageParameters }>(
    '/enrollment/tokens',
    {
      schema: schema({
        id: 'listJoinTokens',
        summary: 'Join tokens without their texts, latest made first',
        query,
        answer: page(ref('JoinToken')),
      }),
    },
    async (request) => {
      const { items, next } = await store.joinTokens(pageRequest(request.query));
      return { items: items.map(shownToken), next };
    },
  );

  app.post<{ Body: JoinTokenWish & Partial<Issued> }>(
    '/enrollment/tokens',
    {
      schema: schema({
        id: 'createJoinToken',
        summary: 'Makes a join token; its text is told here and never again',
        body: wish,
        answer: ref('NewJoinToken'),
      }),
    },
    async (request) => {
      onlyAuthenticated();
      const { issuer: name, ...asked } = request.body;
      const made = await orders.createToken(asked, ordererOf(request, name));
      const { id, nodes, uses, expiresAt } = made;
      logger.info({ id, nodes, uses, until: new Date(expiresAt).toISOString() }, 'join token made');
      return made;
    },
  );

  app.delete<{ Params: { readonly token: string }; Querystring: Partial<Issued> }>(
    '/enrollment/tokens/:token',
    {
      schema: schema({
        id: 'deleteJoinToken',
        summary: 'Deletes a join token, so that it is good for nothing more',
        params: pathParameter('token', 'Id of the token'),
        query: issuedQuery,
        answer: object({ id: text }),
      }),
    },
    async (request) => {
      onlyAuthenticated();
      const { token: id } = request.params;
      const isDeleted = await orders.deleteToken(id, ordererOf(request, request.query.issuer));
      found(isDeleted || undefined, `join token ${id}`);
      logger.info({ id }, 'join token deleted');
      return { id };
    },
  );

  app.get<{ Querystring: PageParameters }>(
    '/enrollment/certificates',
    {
      schema: schema({
        id: 'listCertificates',
        summary: 'Certificates that were issued, latest first',
        query,
        answer: page(ref('NodeCertificate')),
      }),
    },
    (request) => store.certificates(pageRequest(request.query)),
  );

  app.post<{ Params: { readonly node: string }; Querystring: Partial<Issued> }>(
    '/enrollment/nodes/:node/revoke',
    {
      schema: schema({
        id: 'revokeNode',
        summary: "Lets none of a node's present certificates count any more",
        params: pathParameter('node', 'Name of the node'),
        query: issuedQuery,
        answer: ref('Revocation'),
      }),
    },
    async (request) => {
      onlyAuthenticated();
      const { node } = request.params;
      const revoked = await orders.revoke(node, ordererOf(request, request.query.issuer));
      logger.info({ node }, 'certificates revoked');
      return revoked;
    },
  );
}

function ordererOf({ ip }: Pick<FastifyRequest, 'ip'>, name = 'whoever showed the API token'): Orderer {
  return { name, from: ip };
}
