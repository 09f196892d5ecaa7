import type { FastifyInstance } from 'fastify';
import type { AuditLog } from '../cleanup/audit-log.ts';
import type { FleetOrders } from '../store/fleet-orders.ts';
import type { InventoryQueries } from '../store/store.ts';
import type { VerificationFilter } from '../store/views.ts';
import { body, type Issued } from './cleanup/bodies.ts';
import { found, pageParameters, pageRequest, pathParameter, schema, type PageParameters } from './routing.ts';
import { list, object, oneOf, page, ref, text, time } from './schemas/json-schema.ts';

interface AcknowledgeBody extends Issued {
  readonly until: number;
  readonly reason?: string;
}

export interface VerificationRouteParts {
  readonly store: Pick<InventoryQueries, 'verifications'> &
    Pick<FleetOrders, 'differencesOf' | 'acknowledgeDifferences'>;
  readonly audit: Pick<AuditLog, 'write'>;
  /** ms since the epoch. */
  readonly clock: () => number;
}

/** Latest time that a date can be written of. */
const END_OF_TIME = 8.64e15;
const until = {
  ...time,
  minimum: 0,
  maximum: END_OF_TIME,
  description: 'Only what came until then, ms since the epoch: the latest `at` that was seen',
};

/** What second nodes made of layers, and who knows of it. */
export function verificationRoutes(
  app: FastifyInstance,
  { store, audit, clock }: VerificationRouteParts,
): void {
  app.get<{ Querystring: PageParameters & VerificationFilter }>(
    '/verification',
    {
      schema: schema({
        id: 'listVerifications',
        summary: 'Layers that a second node read too, latest first; open: different, and not acknowledged',
        query: pageParameters({ outcome: oneOf('same', 'different', 'open') }),
        answer: page(ref('Verification')),
      }),
    },
    ({ query: { outcome, ...asked } }) =>
      store.verifications(outcome === undefined ? {} : { outcome }, pageRequest(asked)),
  );

  app.post<{ Params: { readonly layer: string }; Body: AcknowledgeBody }>(
    '/verification/:layer/acknowledge',
    {
      bodyLimit: 16 * 1024,
      schema: schema({
        id: 'acknowledgeDifferences',
        summary: 'Marks what two nodes read differently in a layer as known; answers all of it',
        params: pathParameter('layer', 'Diff ID of the layer'),
        body: body({ until }, { reason: { ...text, minLength: 1, maxLength: 1000 } }),
        answer: object({ items: list(ref('Verification')) }),
      }),
    },
    async ({ params: { layer }, body: { issuer, until, reason } }) => {
      const differences = await store.differencesOf(layer);
      found(differences[0], `a difference in layer ${layer}`);
      const open = differences.filter((one) => one.at <= until && one.acknowledged === undefined);
      if (open.length === 0) return { items: differences };
      const at = clock();
      const why = reason === undefined ? {} : { reason };
      const detail = { differences: open.length, until: new Date(until).toISOString(), ...why };
      const entry = { actor: issuer, action: 'difference', subject: layer, outcome: 'acknowledged', detail };
      await audit.write([{ at, ...entry }]);
      await store.acknowledgeDifferences(layer, until, { by: issuer, at, ...why });
      return { items: await store.differencesOf(layer) };
    },
  );
}
