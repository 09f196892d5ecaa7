import type { Container, Image } from './inventory.ts';

/** What all engines of a node hold, nothing twice. */
export interface JoinedInventory {
  readonly images: readonly Image[];
  readonly containers: readonly Container[];
}

/** Docker's and containerd's generated container IDs: long enough to be the same thing when equal. */
const GENERATED_ID = /^[0-9a-f]{64}$/;

/**
 * Joins what several engines (or several namespaces of one) say about the same node.
 *
 * An image is one per image ID. Docker with the containerd image store does not tell the config digest: its
 * image then stands under the digest of an index or manifest, which is also among its `manifestDigests`. Such
 * an image is the same as one that containerd names by that digest and that has the same layers.
 *
 * A container that Docker runs is known to containerd too, under the same ID: Docker's word counts, and
 * containerd adds what only it knows. Containers are brought to the joined images' IDs.
 */
export function joinInventories(images: readonly Image[], containers: readonly Container[]): JoinedInventory {
  const { images: joined, imageIdOf } = joinImages(images);
  return { images: joined, containers: joinContainers(containers, imageIdOf) };
}

export interface JoinedImages {
  /** One for each image ID, in order of first appearance. */
  readonly images: readonly Image[];
  /** The image ID behind an engine's own ID, a manifest or index digest; the digest itself when unknown. */
  readonly imageIdOf: (digest: string) => string;
}

export function joinImages(images: readonly Image[]): JoinedImages {
  const known = images.filter((image) => !isProvisional(image));
  const byDigest = indexByDigest(known);
  const trueIds = new Map<string, string>();
  const joined = new Map<string, Image>();

  for (const image of images) {
    const twin = isProvisional(image)
      ? byDigest.get(image.imageId)?.find((other) => sameLayers(image, other))
      : image;
    const imageId = twin?.imageId ?? image.imageId;
    const other = joined.get(imageId);
    joined.set(imageId, other ? merge(other, image) : { ...image, imageId });
    trueIds.set(image.imageId, imageId);
  }
  for (const [digest, holders] of byDigest) {
    const [holder] = holders;
    // An index of several platforms stands for no single image.
    if (holder && holders.every(({ imageId }) => imageId === holder.imageId))
      trueIds.set(digest, holder.imageId);
  }
  return { images: [...joined.values()], imageIdOf: (digest) => trueIds.get(digest) ?? digest };
}

/** Whether the image stands under a manifest's digest, its config digest being unknown. */
function isProvisional(image: Image): boolean {
  return image.manifestDigests.includes(image.imageId);
}

function indexByDigest(images: readonly Image[]): ReadonlyMap<string, readonly Image[]> {
  const byDigest = new Map<string, Image[]>();
  for (const image of images) {
    const targets = image.names.map(({ target }) => target);
    for (const digest of new Set([...image.manifestDigests, ...targets])) {
      const holders = byDigest.get(digest);
      if (holders) holders.push(image);
      else byDigest.set(digest, [image]);
    }
  }
  return byDigest;
}

/** An engine that holds only a part of an index may know no layers at all. */
function sameLayers(one: Image, other: Image): boolean {
  if (one.diffIds.length === 0 || other.diffIds.length === 0) return true;
  return (
    one.diffIds.length === other.diffIds.length &&
    one.diffIds.every((diffId, at) => diffId === other.diffIds[at])
  );
}

/** The first image, and what the second adds. Of the sizes the smaller counts: the compressed one. */
function merge(one: Image, other: Image): Image {
  const fuller = one.diffIds.length === 0 ? other : one;
  const sizes = [one.sizeBytes, other.sizeBytes].filter((bytes) => bytes > 0);
  const names = new Map(
    [...one.names, ...other.names].map((name) => [
      JSON.stringify([name.engine, name.namespace, name.name]),
      name,
    ]),
  );
  return {
    ...fuller,
    imageId: one.imageId,
    names: [...names.values()],
    manifestDigests: [...new Set([...one.manifestDigests, ...other.manifestDigests])],
    labels: { ...other.labels, ...one.labels },
    sizeBytes: sizes.length === 0 ? 0 : Math.min(...sizes),
    pinned: one.pinned || other.pinned,
  };
}

/** See `joinInventories`. */
export function joinContainers(
  containers: readonly Container[],
  imageIdOf: (digest: string) => string,
): readonly Container[] {
  const docker = new Set(containers.filter(({ engine }) => engine === 'docker').map(({ id }) => id));
  const beneath = new Map(
    containers
      .filter(({ engine, id }) => engine === 'containerd' && GENERATED_ID.test(id) && docker.has(id))
      .map((container) => [container.id, container]),
  );
  const joined: Container[] = [];
  for (const container of containers) {
    if (beneath.get(container.id) === container) continue;
    const under = container.engine === 'docker' ? beneath.get(container.id) : undefined;
    const { imageId } = container;
    joined.push({
      ...container,
      ...(under?.pid !== undefined && container.pid === undefined && { pid: under.pid }),
      ...(under?.snapshotKey && { snapshotKey: under.snapshotKey }),
      ...(under?.snapshotter && { snapshotter: under.snapshotter }),
      ...(imageId !== undefined && { imageId: imageIdOf(imageId) }),
    });
  }
  return joined;
}
