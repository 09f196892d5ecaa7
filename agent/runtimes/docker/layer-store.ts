import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Space } from '../../../core/cleanup/storage.ts';
import type { ChainId } from '../../../core/layer.ts';
import { readBolt } from './bolt.ts';
import { countNames } from './count-names.ts';
import { readEach } from './each.ts';

/**
 * What Docker's layer store has on disk. Source: the Moby project, layer/filestore.go and image/fs.go; below the engine's
 * folder and `image/<storage driver>`:
 * - `layerdb/sha256/<chain ID>/{size,parent,cache-id}`: bytes of the layer's files in decimal, the chain below it, and
 *   the name of its directory in the storage driver's folder.
 * - `layerdb/mounts/<name>/{mount-id,init-id,parent}`: writable layers. Named by their container's ID; those of mounted
 *   images by that ID with more behind it, in hex since Docker 28.1.
 * - `layerdb/tmp/`: layers that are being unpacked, or were when the engine died.
 * - `imagedb/content/sha256/<image ID>`: configs; what else is known of an image in `imagedb/metadata/sha256/<image ID>/`.
 */
export interface LayerStore {
  readonly layers: ReadonlyMap<ChainId, StoredLayer>;
  readonly mounts: readonly WritableLayer[];
  /** What each image takes besides its layers, by image ID. */
  readonly configs: ReadonlyMap<string, Space>;
  /** Layers that the build cache keeps. */
  readonly buildCache: readonly ChainId[];
}

export interface StoredLayer extends Space {
  readonly parent?: ChainId;
  /** Of its directory in the storage driver's folder. */
  readonly directory: string;
}

export interface WritableLayer {
  readonly name: string;
  readonly parent?: ChainId;
  readonly directories: readonly string[];
}

export interface LayerStorePlace {
  /** The engine's folder. */
  readonly root: string;
  /** Storage driver. */
  readonly driver: string;
}

export interface LayerStoreReader {
  /** Undefined when the engine's folder cannot be read. `inodes`: count them, which walks each new layer once. */
  read(place: LayerStorePlace, inodes: boolean, signal: AbortSignal): Promise<LayerStore | undefined>;
}

const HEX = /^[0-9a-f]{64}$/;

/** Remembers layers, which never change: the next reading costs a small file for each. */
export function layerStoreReader(): LayerStoreReader {
  // Replaced with each reading, so that it holds what the engine holds.
  let known = new Map<ChainId, StoredLayer>();

  async function layerOf(
    folder: string,
    drivers: string,
    chainId: ChainId,
    inodes: boolean,
    signal: AbortSignal,
  ): Promise<StoredLayer | undefined> {
    const directory = await textOf(join(folder, 'cache-id'));
    if (directory === undefined) return undefined;
    const before = known.get(chainId);
    // A layer that was removed and came back lies in another directory.
    if (before?.directory === directory && (!inodes || before.inodes > 0)) return before;
    const [size, parent] = await Promise.all([textOf(join(folder, 'size')), textOf(join(folder, 'parent'))]);
    if (size === undefined) return undefined;
    return {
      bytes: decimal(size),
      inodes: inodes ? await layerInodes(folder, join(drivers, directory), signal) : 0,
      ...(parent !== undefined && { parent }),
      directory,
    };
  }

  async function read(
    { root, driver }: LayerStorePlace,
    inodes: boolean,
    signal: AbortSignal,
  ): Promise<LayerStore | undefined> {
    const store = join(root, 'image', driver);
    const chains = await namesIn(join(store, 'layerdb/sha256'));
    if (chains === undefined) return undefined;
    const layers = new Map<ChainId, StoredLayer>();
    await readEach(chains.filter(isHex), async (hex) => {
      signal.throwIfAborted();
      const chainId = `sha256:${hex}`;
      const folder = join(store, 'layerdb/sha256', hex);
      const layer = await layerOf(folder, join(root, driver), chainId, inodes, signal);
      if (layer !== undefined) layers.set(chainId, layer);
    });
    known = layers;
    const [mounts, configs, buildCache] = await Promise.all([
      readWritableLayers({ root, driver }),
      readConfigs(join(store, 'imagedb')),
      readBuildCache(join(root, 'buildkit/snapshots.db')),
    ]);
    return { layers, mounts: mounts ?? [], configs, buildCache };
  }

  return { read };
}

/** Undefined when they cannot be read. */
export async function readWritableLayers({
  root,
  driver,
}: LayerStorePlace): Promise<readonly WritableLayer[] | undefined> {
  const folder = join(root, 'image', driver, 'layerdb/mounts');
  const names = await namesIn(folder);
  if (names === undefined) return undefined;
  return readEach(names, async (name): Promise<WritableLayer> => {
    const [parent, mountId, initId] = await Promise.all(
      ['parent', 'mount-id', 'init-id'].map((file) => textOf(join(folder, name, file))),
    );
    const directories = [mountId, initId].filter((directory) => directory !== undefined);
    return { name, ...(parent !== undefined && { parent }), directories };
  });
}

async function readConfigs(folder: string): Promise<ReadonlyMap<string, Space>> {
  const configs = new Map<string, Space>();
  const ids = (await namesIn(join(folder, 'content/sha256'))) ?? [];
  await readEach(ids.filter(isHex), async (hex) => {
    const [config, notes] = await Promise.all([
      stat(join(folder, 'content/sha256', hex)).catch(() => undefined),
      namesIn(join(folder, 'metadata/sha256', hex)),
    ]);
    if (config === undefined) return;
    configs.set(`sha256:${hex}`, { bytes: config.size, inodes: 1 + (notes ? 1 + notes.length : 0) });
  });
  return configs;
}

/**
 * Layers in use by BuildKit's cache, which an image's removal therefore does not free. It notes them in a bolt database: a
 * bucket for each snapshot, whose `chainid` names the layer, or whose own key does. Source: the Moby project,
 * builder/builder-next/adapters/snapshot.
 */
async function readBuildCache(path: string): Promise<readonly ChainId[]> {
  const file = await readFile(path).catch(() => undefined);
  if (file === undefined) return [];
  try {
    return readBolt(file).flatMap(({ key, value }) => {
      if (typeof value === 'string') return [];
      const chain = value.find((entry) => entry.key === 'chainid')?.value;
      return typeof chain === 'string' ? [key, chain] : [key];
    });
  } catch {
    // Torn by a write. All that it names, now or in pages given up, is then thought to be kept.
    return file.toString('latin1').match(/sha256:[0-9a-f]{64}/g) ?? [];
  }
}

/** The layer's directory with its short link, and its folder in the store. */
async function layerInodes(folder: string, directory: string, signal: AbortSignal): Promise<number> {
  const [files, notes, link] = await Promise.all([
    countNames(directory, signal),
    countNames(folder, signal),
    stat(join(directory, 'link')).then(
      () => 1,
      () => 0,
    ),
  ]);
  return files + notes + link;
}

function isHex(name: string): boolean {
  return HEX.test(name);
}

function decimal(text: string): number {
  const bytes = Number(text);
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : 0;
}

/** Undefined when there is no such folder or no permission to read it. */
export async function namesIn(folder: string): Promise<readonly string[] | undefined> {
  try {
    return await readdir(folder);
  } catch {
    return undefined;
  }
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch {
    return undefined;
  }
}
