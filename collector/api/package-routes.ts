import type { FastifyInstance } from 'fastify';
import type { PackageType } from '../../core/facts.ts';
import { parseQuery } from '../../core/version-range.ts';
import { PACKAGE_TYPES } from '../../core/package-types.ts';
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
import { oneOf, page, ref, text, type JsonSchema } from './schemas/json-schema.ts';

interface Listing {
  Querystring: PageParameters & { readonly name?: string; readonly type?: PackageType };
}

interface Question {
  Querystring: PageParameters & { readonly q: string };
}

const q: JsonSchema = {
  ...text,
  minLength: 1,
  maxLength: 2000,
  description:
    'A name, a name with a version range, or a package URL: openssl, lodash >=4.0 <4.17.21, pkg:npm/lodash',
};
const questionPage: JsonSchema = { ...pageParameters({ q }), required: ['q'] };

export function packageRoutes(app: FastifyInstance, store: InventoryQueries): void {
  app.get<Listing>(
    '/packages',
    {
      schema: schema({
        id: 'listPackages',
        summary: 'Packages of all images, by name',
        query: pageParameters({
          name: { ...text, description: 'Full name; with * at the end all that begin so' },
          type: oneOf(...PACKAGE_TYPES),
        }),
        answer: page(ref('Package')),
      }),
    },
    ({ query: { name, type, ...asked } }) => {
      const filter = { ...(name !== undefined && { name }), ...(type !== undefined && { type }) };
      return store.packages(filter, pageRequest(asked));
    },
  );

  app.get<{ Params: { readonly purl: string } }>(
    '/packages/:purl',
    {
      schema: schema({
        id: 'getPackage',
        summary: 'One package by its exact package URL',
        params: pathParameter('purl', 'As listed, percent-encoded'),
        answer: ref('Package'),
      }),
    },
    async ({ params: { purl } }) => found(await store.package(purl), `package ${purl}`),
  );

  app.get<Question>(
    '/where',
    {
      schema: schema({
        id: 'where',
        summary: 'Where packages are: images, containers (running ones first) and nodes',
        query: parameters({ q, limit: limitParameter }, ['q']),
        answer: ref('Where'),
      }),
    },
    async ({ query: { q: question, limit } }) => ({
      query: question,
      ...(await store.where(parseQuery(question), limit)),
    }),
  );

  app.get<Question>(
    '/where/images',
    {
      schema: schema({
        id: 'whereImages',
        summary: 'Images that hold what is asked for, those with running containers first',
        query: questionPage,
        answer: page(ref('WhereImage')),
      }),
    },
    ({ query: { q: question, ...asked } }) => store.whereImages(parseQuery(question), pageRequest(asked)),
  );

  app.get<Question>(
    '/where/containers',
    {
      schema: schema({
        id: 'whereContainers',
        summary: 'Containers of images that hold what is asked for, running ones first',
        query: questionPage,
        answer: page(ref('WhereContainer')),
      }),
    },
    ({ query: { q: question, ...asked } }) => store.whereContainers(parseQuery(question), pageRequest(asked)),
  );

  app.get<Question>(
    '/where/nodes',
    {
      schema: schema({
        id: 'whereNodes',
        summary: 'Nodes with images that hold what is asked for, by name',
        query: questionPage,
        answer: page(ref('WhereNode')),
      }),
    },
    ({ query: { q: question, ...asked } }) => store.whereNodes(parseQuery(question), pageRequest(asked)),
  );
}
