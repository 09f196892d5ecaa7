import type { FastifyInstance } from 'fastify';
import type { InventoryQueries } from '../store/store.ts';
import {
  found,
  limitParameter,
  pageParameters,
  pageRequest,
  parameters,
  pathParameter,
  schema,
  type PageParameters,
} from './routing.ts';
import { page, ref } from './schemas/json-schema.ts';

interface OfImage {
  Params: { readonly imageId: string };
  Querystring: PageParameters;
}

const params = pathParameter('imageId', 'Image ID: digest of its configuration, sha256:…');
const query = pageParameters();

export function imageRoutes(app: FastifyInstance, store: InventoryQueries): void {
  app.get<{ Querystring: PageParameters }>(
    '/images',
    {
      schema: schema({ id: 'listImages', summary: 'Images by image ID', query, answer: page(ref('Image')) }),
    },
    (request) => store.images(pageRequest(request.query)),
  );

  app.get<OfImage>(
    '/images/:imageId',
    {
      schema: schema({
        id: 'getImage',
        summary: 'One image with its packages and where it is',
        params,
        query: parameters({ limit: limitParameter }),
        answer: ref('ImageAnswer'),
      }),
    },
    async ({ params: { imageId }, query: { limit } }) => {
      const image = found(await store.image(imageId), `image ${imageId}`);
      const [packages, nodes, containers] = await Promise.all([
        store.imagePackages(imageId, { limit }),
        store.imageNodes(imageId, { limit }),
        store.imageContainers(imageId, { limit }),
      ]);
      const none = { items: [] };
      return { image, packages: packages ?? none, nodes: nodes ?? none, containers: containers ?? none };
    },
  );

  app.get<OfImage>(
    '/images/:imageId/packages',
    {
      schema: schema({
        id: 'listImagePackages',
        summary: 'Packages of an image, by package URL',
        params,
        query,
        answer: page(ref('ImagePackage')),
      }),
    },
    async ({ params: { imageId }, query: asked }) =>
      found(await store.imagePackages(imageId, pageRequest(asked)), `image ${imageId}`),
  );

  app.get<OfImage>(
    '/images/:imageId/nodes',
    {
      schema: schema({
        id: 'listImageNodes',
        summary: 'Nodes that hold an image, by name',
        params,
        query,
        answer: page(ref('ImageHolder')),
      }),
    },
    async ({ params: { imageId }, query: asked }) =>
      found(await store.imageNodes(imageId, pageRequest(asked)), `image ${imageId}`),
  );

  app.get<OfImage>(
    '/images/:imageId/containers',
    {
      schema: schema({
        id: 'listImageContainers',
        summary: 'Containers of an image, running ones first',
        params,
        query,
        answer: page(ref('Container')),
      }),
    },
    async ({ params: { imageId }, query: asked }) =>
      found(await store.imageContainers(imageId, pageRequest(asked)), `image ${imageId}`),
  );
}
