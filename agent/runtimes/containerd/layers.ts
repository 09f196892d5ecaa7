import type { Image } from '../../../core/inventory.ts';
import type { ChainId } from '../../../core/layer.ts';
import { RuntimeError, type LayerLocation, type LocatedLayer } from '../runtime.ts';
import { chainIds } from '../chain-id.ts';
import type { Connection } from './connection.ts';
import { blobSize, streamBlob } from './content.ts';
import type { ImageContent, ImageResolver } from './image-resolver.ts';
import { withLease, type LeaseOptions, type OwnLease } from './leases.ts';
import {
  createdAt,
  READABLE_SNAPSHOTTERS,
  type Place,
  type SnapshotDirectories,
} from './snapshot-directories.ts';

export interface LayerFinder {
  readonly connection: Connection;
  readonly resolver: ImageResolver;
  readonly directories: SnapshotDirectories;
  readonly lease: LeaseOptions;
}

/**
 * See `Runtime.withLayers`. `namespaces`: all there are. Those that name the image come first, then the others:
 * an image that Docker keeps in containerd's store, say, has its layers in Docker's namespace.
 */
export async function withImageLayers<T>(
  finder: LayerFinder,
  image: Image,
  namespaces: readonly string[],
  signal: AbortSignal,
  use: (layers: readonly LocatedLayer[]) => Promise<T>,
): Promise<T> {
  if (image.diffIds.length === 0) return await use([]);
  const chains = chainIds(image.diffIds);
  const own = image.names.filter(({ engine }) => engine === 'containerd').map(({ namespace }) => namespace);
  const order = [...new Set([...own, ...namespaces])];

  for await (const place of unpackedAt(finder.connection, order, chains, signal)) {
    const done = await withLease(finder.connection, finder.lease, place.namespace, signal, async (lease) => {
      const paths = await finder.directories.find(lease, place, chains, signal);
      return paths && { result: await use(inDirectories(image, place.snapshotter, paths)) };
    });
    if (done) return done.result;
  }
  for (const namespace of order) {
    const content = await manifestIn(finder, image, namespace, signal);
    if (content === undefined) continue;
    return await withLease(finder.connection, finder.lease, namespace, signal, async (lease) => {
      await lease.hold('content', content.manifestDigest);
      return await use(asBlobs(finder.connection, lease, image, content, signal));
    });
  }
  throw new RuntimeError(
    'not-found',
    `image ${image.imageId} is neither unpacked by ${READABLE_SNAPSHOTTERS.join(' or ')} nor is its manifest in containerd's content store`,
  );
}

async function* unpackedAt(
  connection: Connection,
  namespaces: readonly string[],
  chains: readonly ChainId[],
  signal: AbortSignal,
): AsyncGenerator<Place, void, void> {
  const top = chains.at(-1) ?? '';
  for (const namespace of namespaces) {
    for (const snapshotter of READABLE_SNAPSHOTTERS) {
      const madeAt = await createdAt(connection, namespace, snapshotter, top, signal);
      if (madeAt !== undefined) yield { namespace, snapshotter, madeAt };
    }
  }
}

function inDirectories(
  image: Image,
  snapshotter: Place['snapshotter'],
  paths: readonly string[],
): readonly LocatedLayer[] {
  return image.diffIds.map((diffId, at) => {
    const path = paths[at] ?? '';
    if (snapshotter === 'overlayfs') return { diffId, location: { kind: 'overlay-directory', path } };
    const parent = paths[at - 1];
    return { diffId, location: { kind: 'full-directory', path, ...(parent !== undefined && { parent }) } };
  });
}

/** The image's manifest, if the namespace holds it. */
async function manifestIn(
  { connection, resolver }: LayerFinder,
  image: Image,
  namespace: string,
  signal: AbortSignal,
): Promise<ImageContent | undefined> {
  for (const digest of image.manifestDigests) {
    const size = await blobSize(connection, namespace, digest, signal);
    if (size === undefined) continue;
    const target = { mediaType: '', digest, size };
    const resolution = await resolver.resolve(namespace, target, signal);
    if (resolution.kind === 'image' && resolution.content.imageId === image.imageId)
      return resolution.content;
  }
  return undefined;
}

function asBlobs(
  connection: Connection,
  lease: OwnLease,
  image: Image,
  content: ImageContent,
  signal: AbortSignal,
): readonly LocatedLayer[] {
  return image.diffIds.flatMap((diffId, at) => {
    const blob = content.layers[at];
    if (blob === undefined) return [];
    const open = (): AsyncIterable<Uint8Array> => streamBlob(connection, lease.namespace, blob, signal);
    const location: LayerLocation = { kind: 'blob', open };
    return [{ diffId, location }];
  });
}
