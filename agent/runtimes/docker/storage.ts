import type { Storage, StorageRoot, StoredThing } from '../../../core/cleanup/storage.ts';
import type { ChainId } from '../../../core/layer.ts';
import type { LayerStore } from './layer-store.ts';

/** An image as far as it keeps things on disk. */
export interface StoredImage {
  readonly imageId: string;
  /** Empty when it was not made from another image here. */
  readonly parentId: string;
  readonly isNamed: boolean;
  /** Of all its layers together; absent when it has none. */
  readonly topChain?: ChainId;
}

/** A container by the image it was made from. */
export interface StoredContainer {
  /** A sentence's end. */
  readonly who: string;
  readonly imageId: string;
}

/**
 * What Docker keeps, with the storage drivers of its own. An image keeps its config and its layers; a layer keeps the one
 * below; a container, and a mounted image, keep the layers under the writable one. What a build made on the way to an
 * image has no name of its own and goes with the last image that was made from it, so it is kept by that image's config.
 */
export function dockerStorage(
  images: readonly StoredImage[],
  containers: readonly StoredContainer[],
  store: LayerStore,
): Storage {
  const byId = new Map(images.map((image) => [image.imageId, image]));
  const things = new Map<string, StoredThing>();
  const add = (thing: StoredThing): unknown => things.set(thing.id, thing);

  for (const [chainId, { bytes, inodes, parent }] of store.layers)
    add({ id: layer(chainId), bytes, inodes, refs: parent === undefined ? [] : [layer(parent)] });
  for (const { imageId, parentId, topChain } of images) {
    const { bytes, inodes } = store.configs.get(imageId) ?? { bytes: 0, inodes: 0 };
    const parent = byId.get(parentId);
    const refs = [
      ...(topChain === undefined ? [] : [layer(topChain)]),
      ...(parent === undefined || parent.isNamed ? [] : [config(parentId)]),
    ];
    add({ id: config(imageId), bytes, inodes, refs });
  }

  const parents = new Set(images.map(({ parentId }) => parentId));
  const roots: StorageRoot[] = images
    .filter(({ imageId, isNamed }) => isNamed || !parents.has(imageId))
    .map(({ imageId }) => ({ holder: { kind: 'image', imageId }, refs: [config(imageId)] }));
  const keep = (what: string, refs: readonly string[]): unknown =>
    refs.length > 0 && roots.push({ holder: { kind: 'other', what }, refs });
  for (const { who, imageId } of containers) keep(who, [config(imageId)]);
  for (const { name, parent } of store.mounts)
    keep(`writable layer ${name}`, parent === undefined ? [] : [layer(parent)]);
  keep('the build cache', store.buildCache.map(layer));
  return { things, roots };
}

/** Chain IDs that nothing in the storage keeps. */
export function unkeptLayers(storage: Storage): readonly ChainId[] {
  const kept = new Set<string>();
  const waiting = storage.roots.flatMap(({ refs }) => refs);
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const thing = storage.things.get(id);
    if (thing === undefined || kept.has(id)) continue;
    kept.add(id);
    waiting.push(...thing.refs);
  }
  return [...storage.things.keys()]
    .filter((id) => id.startsWith(layer('')) && !kept.has(id))
    .map((id) => id.slice(layer('').length));
}

function layer(chainId: ChainId): string {
  return `docker/layer/${chainId}`;
}

function config(imageId: string): string {
  return `docker/config/${imageId}`;
}
