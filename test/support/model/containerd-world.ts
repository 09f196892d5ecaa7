import { existsSync } from 'node:fs';
import { readdir, lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from '../../../agent/runtimes/containerd/connection.ts';
import { PINNED_LABEL, PINNED_VALUE } from '../../../agent/runtimes/containerd/images.ts';
import { QUARANTINE_LABEL } from '../../../agent/runtimes/containerd/leases.ts';
import {
  addLeaseResource,
  contentInfo,
  createLease,
  deleteLease,
  getImage,
  listImages,
  listLeases,
  listTasks,
  statSnapshot,
} from '../../../agent/runtimes/containerd/methods.ts';
import { containerdRemoval } from '../../../agent/runtimes/containerd/removal.ts';
import { createImage } from '../../../agent/runtimes/containerd/removal-methods.ts';
import { chainIds } from '../../../agent/runtimes/chain-id.ts';
import { ociArchive, type BuiltImage } from '../../../cli/demo/oci-image.ts';
import type { Space } from '../../../core/cleanup/storage.ts';
import { containerd } from '../../../proto/generated/containerd.js';
import { runtimeOn } from '../containerd-runtime.ts';
import { startContainerd } from '../containerd.ts';
import { startRegistry } from '../registry.ts';
import { runnableImage } from '../small-images.ts';
import { containerdCalls } from './containerd-calls.ts';
import { bytesOf } from './random.ts';
import type { ContainerState, World, WorldName } from './world.ts';

const SOURCES = 6;
const CRI = 'k8s.io';
const SNAPSHOTTER = 'overlayfs';
const { Status } = containerd.services.tasks.v1;

/**
 * containerd with a namespace as the CRI keeps it (three names an image, sandboxes by label) and one as people do. The
 * registry's images share layers, by twos and all of them.
 */
export async function containerdWorld(): Promise<World> {
  const engine = await startContainerd({ cri: false });
  const registry = await startRegistry();
  const reader = runtimeOn(engine.address);
  const removal = containerdRemoval({ address: engine.address, owner: 'model' });
  const connection = connect(engine.address, {});
  const calls = containerdCalls(engine.address);
  const images = await Promise.all(
    Array.from({ length: SOURCES }, async (_, at) => {
      const shared = { path: `srv/shared-${at % 2}`, content: bytesOf(at % 2) };
      return await runnableImage([[shared], [{ path: `srv/own-${at}`, content: bytesOf(100 + at) }]]);
    }),
  );
  const pulled = images.map((image, at) => registry.add(`shop/app-${at}`, '1', image));
  const imageOf = (imageId: string): BuiltImage => {
    const image = images.find((one) => one.imageId === imageId);
    if (image === undefined) throw new Error(`no image of ours: ${imageId}`);
    return image;
  };
  const imageIds = new Map(images.map(({ manifest, imageId }) => [manifest.digest, imageId]));

  async function giveName(namespace: string, name: string, of: string): Promise<void> {
    const { image } = await connection.call(getImage, { name: of }, { namespace });
    const record = { name, labels: image?.labels ?? {}, target: image?.target ?? null };
    await connection.call(createImage, { image: record }, { namespace }).catch(() => undefined);
  }

  /** As the CRI does: by tag, by digest and by ID. */
  async function giveNames(namespace: string, name: string, image: BuiltImage): Promise<void> {
    if (namespace !== CRI) return;
    const repository = name.slice(0, name.lastIndexOf(':'));
    await giveName(namespace, `${repository}@${image.manifest.digest}`, name);
    await giveName(namespace, image.imageId, name);
  }

  async function ctr(namespace: string, ...args: readonly string[]): Promise<void> {
    await engine.ctr('--namespace', namespace, ...args);
  }

  return {
    engine: { id: 'containerd', address: engine.address, reader, removal },
    namespaces: ['default', CRI],
    sources: SOURCES,
    canRestore: true,
    canBuild: false,
    ways: ['name', 'id', 'digest'],

    async names() {
      const lists = ['default', CRI].map(async (namespace) => {
        const { images: records } = await connection.call(listImages, {}, { namespace });
        return (records ?? []).map(({ name, target, labels }): WorldName => {
          const digest = target?.digest ?? '';
          const imageId = imageIds.get(digest) ?? '';
          const isPinned = labels?.[PINNED_LABEL] === PINNED_VALUE;
          return { engine: 'containerd', namespace, name: name ?? '', target: digest, imageId, isPinned };
        });
      });
      return (await Promise.all(lists)).flat();
    },

    async pull(namespace, source) {
      const [name = '', image] = [pulled[source], images[source]];
      await ctr(namespace, 'images', 'pull', '--plain-http', name);
      if (image !== undefined) await giveNames(namespace, name, image);
    },
    async load(namespace, source) {
      const image = images[source];
      if (image === undefined) return;
      const name = `loaded-${source}:1`;
      await engine.importArchive(ociArchive([{ image, names: [name] }]), { namespace });
      await giveNames(namespace, name, image);
    },
    async tag({ namespace, name }, alias) {
      await ctr(namespace, 'images', 'tag', '--force', name, alias);
    },
    async untag({ namespace, name }) {
      await ctr(namespace, 'images', 'remove', name);
    },

    build: async () => undefined,

    async create({ id, name, kind, by }) {
      const { namespace } = name;
      // A client asks for the image first, and gives up when there is none of that name.
      await connection.call(getImage, { name: name.name }, { namespace });
      const { manifest, imageId, diffIds } = imageOf(name.imageId);
      const called = { name: name.name, id: imageId, digest: `shop/any@${manifest.digest}` };
      const labels = kind === 'sandbox' ? { 'io.cri-containerd.kind': 'sandbox' } : {};
      const chainId = chainIds(diffIds).at(-1) ?? '';
      await calls.createContainer(namespace, { id, image: called[by], chainId, labels });
    },
    async start({ namespace, id, state }) {
      if (state === 'exited') await calls.deleteTask(namespace, id);
      await calls.startContainer(namespace, id);
    },
    stop: ({ namespace, id }) => calls.stopContainer(namespace, id),
    async remove({ namespace, id, state }) {
      if (state === 'running') await calls.stopContainer(namespace, id);
      if (state !== 'created') await calls.deleteTask(namespace, id);
      await calls.deleteContainer(namespace, id);
    },
    async states() {
      const states = new Map<string, ContainerState>();
      for (const namespace of ['default', CRI]) {
        const { tasks } = await connection.call(listTasks, {}, { namespace });
        for (const { id, status } of tasks ?? [])
          states.set(id ?? '', status === Status.RUNNING ? 'running' : 'exited');
      }
      return states;
    },
    async verifyContainer({ namespace, id }) {
      const folders = await calls.foldersOf(namespace, id);
      for (const folder of folders) if (!existsSync(folder)) throw new Error(`${id} lost ${folder}`);
      const [, , base = ''] = folders.toReversed();
      if (!folders.some((folder) => existsSync(join(folder, 'bin/busybox'))))
        throw new Error(`${id} lost its base, ${base}`);
    },
    async verifyKept(imageId, namespace) {
      const { blobs, manifest, diffIds } = imageOf(imageId);
      await connection.call(contentInfo, { digest: manifest.digest }, { namespace });
      for (const digest of blobs.keys()) {
        const path = join(engine.root, 'io.containerd.content.v1.content/blobs', digest.replace(':', '/'));
        if (!existsSync(path)) throw new Error(`blob ${digest} of ${imageId} is gone`);
      }
      for (const key of chainIds(diffIds))
        await connection.call(statSnapshot, { snapshotter: SNAPSHOTTER, key }, { namespace });
    },

    holds: {
      async lease({ namespace, target }, id) {
        await connection.call(createLease, { id }, { namespace });
        const resource = { type: 'content', id: target };
        await connection.call(addLeaseResource, { id, resource }, { namespace });
      },
      async release(id, namespace) {
        await connection.call(deleteLease, { id }, { namespace });
      },
      pin: ({ namespace, name }, isPinned) =>
        calls.setImageLabel(namespace, name, PINNED_LABEL, isPinned ? PINNED_VALUE : ''),
    },

    async collect() {
      await connection.call(createLease, { id: 'collect' }, { namespace: 'default' });
      await connection.call(deleteLease, { id: 'collect', sync: true }, { namespace: 'default' });
    },
    async space() {
      const content = await diskUse(
        join(engine.root, 'io.containerd.content.v1.content/blobs/sha256'),
        false,
      );
      const snapshots = join(engine.root, `io.containerd.snapshotter.v1.${SNAPSHOTTER}/snapshots`);
      let { bytes, inodes } = content;
      for (const folder of await readdir(snapshots)) {
        const layer = join(snapshots, folder, 'fs');
        if (!(await hasFiles(layer))) continue;
        const use = await diskUse(layer, true);
        bytes += use.bytes;
        inodes += use.inodes;
      }
      return { bytes, inodes };
    },
    async crash() {
      await engine.kill();
      await engine.restart();
    },
    async quarantines() {
      const found = ['default', CRI].map(async (namespace) => {
        const { leases } = await connection.call(listLeases, {}, { namespace });
        return (leases ?? []).flatMap(({ id, labels }) => (labels?.[QUARANTINE_LABEL] ? [id ?? ''] : []));
      });
      return (await Promise.all(found)).flat();
    },
    async end() {
      connection.close();
      calls.close();
      await Promise.all([reader.close(), removal.close()]);
      await registry.stop();
      await engine.stop();
    },
  };
}

/** What our containers write into has but folders, and goes when the engine gets to it. */
async function hasFiles(folder: string): Promise<boolean> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.some((entry) => entry.isFile());
}

/** Of files by their length, or by the blocks they take, directories and the folder itself included. */
async function diskUse(path: string, byBlocks: boolean): Promise<Space> {
  const status = await lstat(path);
  let [bytes, inodes] = byBlocks ? [status.blocks * 512, 1] : [0, 0];
  if (!status.isDirectory()) return byBlocks ? { bytes, inodes } : { bytes: status.size, inodes: 1 };
  for (const name of await readdir(path)) {
    const below = await diskUse(join(path, name), byBlocks);
    bytes += below.bytes;
    inodes += below.inodes;
  }
  return { bytes, inodes };
}
