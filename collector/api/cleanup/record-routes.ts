import type { FastifyInstance } from 'fastify';
import type { FleetCleanup } from '../../cleanup/fleet-cleanup.ts';
import type { FleetOrders } from '../../store/fleet-orders.ts';
import {
  found,
  limitParameter,
  pageParameters,
  pageRequest,
  parameters,
  schema,
  type PageParameters,
} from '../routing.ts';
import { count, list, object, page, ref, text, texts, time } from '../schemas/json-schema.ts';
import { body, id, type Issued } from './bodies.ts';

interface ReceiptListing {
  Querystring: PageParameters & { readonly node?: string; readonly since?: number };
}

interface OfReceipt {
  Params: { readonly node: string; readonly run: string };
}

interface UndoBody extends Issued {
  readonly id: string;
  readonly reason?: string;
  readonly imageIds?: readonly string[];
  readonly command?: string;
}

interface AuditListing {
  Querystring: { readonly from?: number; readonly limit: number };
}

const BODY_LIMIT = 1024 * 1024;
const receiptParams = parameters({ node: text, run: text }, ['node', 'run']);

/** What was ordered, what nodes did, and the audit log of it. */
export function recordRoutes(
  app: FastifyInstance,
  cleanup: FleetCleanup,
  store: Pick<FleetOrders, 'commands' | 'command' | 'audit'>,
  clock: () => number,
): void {
  app.get<ReceiptListing>(
    '/cleanup/receipts',
    {
      schema: schema({
        id: 'listReceipts',
        summary: 'What cleanup did, the latest run first, whoever asked for it',
        query: pageParameters({
          node: text,
          since: { ...time, description: 'Only runs that began then or later, ms since the epoch' },
        }),
        answer: page(ref('Receipt')),
      }),
    },
    async ({ query: { node, since, ...asked } }) => {
      const filter = { ...(node !== undefined && { node }), ...(since !== undefined && { since }) };
      return await cleanup.receipts.list(filter, pageRequest(asked));
    },
  );

  app.get<OfReceipt>(
    '/cleanup/receipts/:node/:run',
    {
      schema: schema({ id: 'getReceipt', summary: 'One run', params: receiptParams, answer: ref('Receipt') }),
    },
    async ({ params: { node, run } }) => await cleanup.receipts.get(node, run),
  );

  app.post<OfReceipt & { Body: UndoBody }>(
    '/cleanup/receipts/:node/:run/undo',
    {
      bodyLimit: BODY_LIMIT,
      schema: schema({
        id: 'undoReceipt',
        summary: 'Orders a node to bring images back; answers the command, of which the same id is the same',
        params: receiptParams,
        body: body(
          { id },
          {
            reason: { ...text, maxLength: 500 },
            imageIds: { ...texts, description: 'Only these; none: all that can be' },
            command: { ...text, description: 'The command, signed, in base64, where nodes need it' },
          },
        ),
        answer: ref('Command'),
      }),
    },
    async ({ params: { node, run }, body: asked }) => {
      const { reason = 'asked for by a person', imageIds = [], command } = asked;
      const request = {
        id: asked.id,
        issuer: asked.issuer,
        reason,
        imageIds,
        ...(command !== undefined && { command }),
      };
      return await cleanup.receipts.undo(node, run, request);
    },
  );

  app.get<{ Querystring: PageParameters & { readonly node?: string } }>(
    '/commands',
    {
      schema: schema({
        id: 'listCommands',
        summary: 'Orders to nodes, latest first',
        query: pageParameters({ node: text }),
        answer: page(ref('Command')),
      }),
    },
    async ({ query: { node, ...asked } }) =>
      await store.commands(node === undefined ? {} : { node }, clock(), pageRequest(asked)),
  );

  app.get<{ Params: { readonly command: string } }>(
    '/commands/:command',
    {
      schema: schema({
        id: 'getCommand',
        summary: 'One order, and what came of it',
        params: parameters({ command: text }, ['command']),
        answer: ref('Command'),
      }),
    },
    async ({ params: { command } }) => found(await store.command(command, clock()), `command ${command}`),
  );

  app.get<AuditListing>(
    '/audit',
    {
      schema: schema({
        id: 'listAudit',
        summary: 'The audit log of this collector, oldest first',
        query: parameters({
          from: { ...count, description: 'The first number wanted' },
          limit: limitParameter,
        }),
        answer: object({ items: list(ref('AuditRecord')) }),
      }),
    },
    async ({ query: { from = 0, limit } }) => ({ items: await store.audit(from, limit) }),
  );

  app.get(
    '/audit/verification',
    {
      schema: schema({
        id: 'verifyAudit',
        summary: 'Checks the whole audit log',
        answer: ref('AuditVerification'),
      }),
    },
    async () => await cleanup.audit.verify(),
  );
}
