import type { FastifyInstance } from 'fastify';
import type { InventoryQueries } from '../store/store.ts';
import { found, pageParameters, pageRequest, pathParameter, schema, type PageParameters } from './routing.ts';
import { page, ref } from './schemas/json-schema.ts';

interface OfNode {
  Params: { readonly node: string };
  Querystring: PageParameters;
}

const params = pathParameter('node', 'Name of the node');
const query = pageParameters();

export function nodeRoutes(app: FastifyInstance, store: InventoryQueries): void {
  app.get<{ Querystring: PageParameters }>(
    '/nodes',
    { schema: schema({ id: 'listNodes', summary: 'Nodes by name', query, answer: page(ref('Node')) }) },
    (request) => store.nodes(pageRequest(request.query)),
  );

  app.get<OfNode>(
    '/nodes/:node',
    { schema: schema({ id: 'getNode', summary: 'One node', params, answer: ref('Node') }) },
    async ({ params: { node } }) => found(await store.node(node), `node ${node}`),
  );

  app.get<OfNode>(
    '/nodes/:node/images',
    {
      schema: schema({
        id: 'listNodeImages',
        summary: 'Images in the cache of a node',
        params,
        query,
        answer: page(ref('NodeImage')),
      }),
    },
    async ({ params: { node }, query: asked }) =>
      found(await store.nodeImages(node, pageRequest(asked)), `node ${node}`),
  );

  app.get<OfNode>(
    '/nodes/:node/containers',
    {
      schema: schema({
        id: 'listNodeContainers',
        summary: 'Containers of any state on a node',
        params,
        query,
        answer: page(ref('Container')),
      }),
    },
    async ({ params: { node }, query: asked }) =>
      found(await store.nodeContainers(node, pageRequest(asked)), `node ${node}`),
  );

  app.get<OfNode>(
    '/nodes/:node/processes',
    {
      schema: schema({
        id: 'listNodeProcesses',
        summary: 'Processes on a node',
        params,
        query,
        answer: page(ref('Process')),
      }),
    },
    async ({ params: { node }, query: asked }) =>
      found(await store.nodeProcesses(node, pageRequest(asked)), `node ${node}`),
  );

  app.get<OfNode>(
    '/nodes/:node/packages',
    {
      schema: schema({
        id: 'listNodePackages',
        summary: 'Packages of the images on a node, by package URL',
        params,
        query,
        answer: page(ref('NodePackage')),
      }),
    },
    async ({ params: { node }, query: asked }) =>
      found(await store.nodePackages(node, pageRequest(asked)), `node ${node}`),
  );
}
