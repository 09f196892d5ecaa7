import { count, named, object, oneOf, page, ref, text, time, type NamedSchema } from './json-schema.ts';

export const fleetSchemas: readonly NamedSchema[] = [
  named(
    'Where',
    'Where packages are: totals, and the first page of each list; what runs comes first',
    object({
      query: text,
      totals: object({ packages: count, images: count, nodes: count, containers: count, running: count }),
      images: page(ref('WhereImage')),
      containers: page(ref('WhereContainer')),
      nodes: page(ref('WhereNode')),
    }),
  ),
  named(
    'Life',
    'From when to when an image or container was on a node; goneAt is absent while it is there',
    object(
      { node: text, kind: oneOf('image', 'container'), key: text, summary: text, appearedAt: time },
      { goneAt: time },
    ),
  ),
  named(
    'Refusal',
    'Agents that were turned away; equal reasons are counted together',
    object({ node: text, reason: text, message: text, count, firstAt: time, lastAt: time }),
  ),
  named(
    'Summary',
    'The fleet in a row of numbers',
    object({
      nodes: count,
      connected: count,
      degraded: count,
      images: count,
      imagesWithoutPackages: count,
      layers: count,
      packages: { ...count, description: 'Distinct package URLs' },
      containers: count,
      running: count,
      processes: count,
    }),
  ),
  named(
    'Problem',
    'RFC 9457: title is the kind of problem, detail what to do about this one',
    object({ type: text, title: text, status: count, detail: text }),
  ),
];
