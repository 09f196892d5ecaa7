import {
  count,
  digest,
  named,
  object,
  oneOf,
  page,
  ref,
  text,
  time,
  type NamedSchema,
} from './json-schema.ts';

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
    'Verification',
    'A layer that a second node read too; what is stored stays, also when it is different',
    object(
      { diffId: digest, catalogerSet: text, node: text, outcome: oneOf('same', 'different'), at: time },
      { difference: ref('FactsDifference'), acknowledged: ref('Acknowledgement') },
    ),
  ),
  named(
    'Acknowledgement',
    'Who said that they know of a difference',
    object({ by: text, at: time }, { reason: text }),
  ),
  named(
    'FactsDifference',
    'The first thing in which two nodes read a layer differently; empty: that node has nothing of the path',
    object({
      cataloger: text,
      version: count,
      suppliedBy: { ...text, description: 'The node whose facts are stored; empty when not known' },
      path: text,
      stored: text,
      computed: text,
    }),
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
