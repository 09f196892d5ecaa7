import {
  count,
  digest,
  flag,
  list,
  named,
  object,
  oneOf,
  page,
  ref,
  text,
  textMap,
  texts,
  time,
  type NamedSchema,
} from './json-schema.ts';
import { nodeStatus } from './nodes.ts';

const platform = { os: text, architecture: text };
const platformDetails = {
  variant: text,
  builtAt: { ...time, description: "The build's own claim, often 0; ms since the epoch" },
  packages: { ...count, description: 'How many packages it holds; absent while unknown' },
};
const image = {
  imageId: { ...digest, description: 'Digest of its configuration' },
  names: texts,
  ...platform,
  sizeBytes: count,
  spread: ref('Spread'),
};
const imageDetails = { ...platformDetails, release: ref('OsRelease') };

export const imageSchemas: readonly NamedSchema[] = [
  named('Image', 'An image of the fleet, once, whichever nodes hold it', object(image, imageDetails)),
  named(
    'WhereImage',
    'An image that holds what was asked for',
    object({ ...image, matches: list(ref('Match')) }, imageDetails),
  ),
  named(
    'ImageDetail',
    'An image with its layers',
    object(
      {
        ...image,
        diffIds: { ...list(digest), description: 'Base first' },
        labels: textMap,
        manifestDigests: list(digest),
        problems: { ...texts, description: 'Why its packages are unknown, as nodes say' },
        builds: {
          ...list(ref('LayerBuild')),
          description: "Red Hat's, which layers came from, by what these say of themselves",
        },
        opaqueBlind: {
          ...flag,
          description: 'True: opaque directories could not be seen; hidden packages may be listed',
        },
      },
      imageDetails,
    ),
  ),
  named(
    'LayerBuild',
    'The build that a layer came from; `layer` counts in `diffIds`',
    object({ layer: count }, { contentSets: texts, nvr: text, architecture: text, cpe: text }),
  ),
  named(
    'ImageAnswer',
    'An image, its packages and where it is: the first page of each; the lists of their own have the rest',
    object({
      image: ref('ImageDetail'),
      packages: page(ref('ImagePackage')),
      nodes: page(ref('ImageHolder')),
      containers: page(ref('Container')),
    }),
  ),
  named(
    'ImageName',
    'A name that an engine holds for an image',
    object({ engine: oneOf('containerd', 'docker'), namespace: text, name: text, target: text }),
  ),
  named(
    'NodeImage',
    'An image as one node holds it; containers are those of it on this node',
    object(
      {
        imageId: digest,
        names: list(ref('ImageName')),
        ...platform,
        sizeBytes: count,
        pinned: flag,
        firstSeen: time,
        containers: count,
        running: count,
      },
      {
        ...platformDetails,
        lastUsed: time,
        problem: { ...text, description: 'Why its packages are unknown' },
      },
    ),
  ),
  named(
    'ImageHolder',
    'A node that holds an image',
    object({ node: text, status: nodeStatus, firstSeen: time }, { lastUsed: time }),
  ),
];
