import { PACKAGE_TYPES } from '../../../core/package-types.ts';
import {
  count,
  flag,
  list,
  named,
  object,
  oneOf,
  ref,
  text,
  texts,
  type NamedSchema,
} from './json-schema.ts';

const identity = { purl: text, type: oneOf(...PACKAGE_TYPES), name: text, version: text };
const details = {
  namespace: text,
  epoch: { ...count, description: 'rpm only' },
  architecture: text,
  source: object({ name: text }, { version: text }),
  modularity: { ...text, description: 'rpm only: the module build it came from' },
  licenses: { ...texts, description: 'As declared' },
  licenseExpression: { ...text, description: 'SPDX expression for all of them, where that is certain' },
  vendor: text,
  role: { ...oneOf('application'), description: "The image's own program" },
  flags: list(oneOf('partly-installed', 'not-software', 'database-deleted')),
  dependencies: { ...texts, description: 'Names of direct dependencies, as declared' },
  sha1: { ...text, description: 'Hex, of a file that nothing in it identifies' },
  distribution: {
    ...object({ id: text }, { version: text }),
    description: 'The distribution it was built for, where that is not a matter of the image',
  },
};

export const packageSchemas: readonly NamedSchema[] = [
  named(
    'Spread',
    'How far a thing has spread over the fleet; running counts containers',
    object({ nodes: count, containers: count, running: count }),
  ),
  named(
    'Location',
    'Where a package was found. Layers count from 0, the base',
    object(
      { path: text, layer: count, introducedBy: count, cataloger: text },
      { inside: { ...text, description: 'Where in the archive at this path, further archives after `!/`' } },
    ),
  ),
  named(
    'ImagePackage',
    'A package of an image, with every place it was found',
    object({ ...identity, locations: list(ref('Location')) }, details),
  ),
  named(
    'NodePackage',
    'A package on a node, and which of its images hold it',
    object({ ...identity, imageIds: texts }, details),
  ),
  named(
    'Package',
    'A package of the fleet',
    object({ ...identity, images: count, spread: ref('Spread') }, details),
  ),
  named(
    'Match',
    'A package that a question asked for, by its own name or by that of the source package it was built from',
    object({ purl: text, version: text, matchedBy: oneOf('name', 'source') }),
  ),
  named(
    'OsRelease',
    'Of os-release(5)',
    object(
      { id: text, idLike: texts },
      { versionId: text, versionCodename: text, prettyName: text, variantId: text, cpeName: text },
    ),
  ),
  named(
    'Ready',
    'Whether the collector does its work, and if not, why',
    object({ ready: flag, reasons: texts }),
  ),
];
