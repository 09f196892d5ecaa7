import type { Image } from '../../../core/inventory.ts';
import type { ChainId } from '../../../core/layer.ts';
import { chainIds } from '../chain-id.ts';
import type { HoldingsReader, HoldingsWanted, RuntimeHoldings } from '../holdings.ts';
import type { RuntimeView } from '../runtime.ts';
import type { DockerApi } from './api.ts';
import type { EngineInfo, ImageSummary } from './api-types.ts';
import { readEach } from './each.ts';
import { historyLayers } from './history-sizes.ts';
import { usesContainerdStore } from './images.ts';
import { layerStoreReader, type LayerStore, type StoredLayer } from './layer-store.ts';
import { dockerLeaks } from './leaks.ts';
import { dockerStorage, type StoredImage } from './storage.ts';

const NOTHING = { storage: { things: new Map(), roots: [] }, fromRegistry: new Set<string>(), leaks: [] };

export interface HoldingsParts {
  readonly api: DockerApi;
  readonly view: (signal: AbortSignal) => Promise<RuntimeView>;
  readonly uses: HoldingsReader['uses'];
}

/**
 * What Docker keeps. Nothing that it removes comes back, so `restorable` is empty.
 *
 * With a storage driver of Docker's own, bytes are those of the layers' files and of the images' configs, as in the engine's
 * folder; where that cannot be read, a note says so and the API's figures count. An image is from a registry when it
 * has a digest reference, which it gets by pull or push, also from and to a registry on this node (`localhost:5000/...`).
 *
 * With the containerd image store, images and layers lie in containerd's namespace `moby` and are told from there:
 * storage and `fromRegistry` are empty here, and a note says so. What uses images is still Docker's to tell.
 */
export function dockerHoldings({ api, view, uses }: HoldingsParts): HoldingsReader {
  const layerStore = layerStoreReader();

  async function holdings(signal: AbortSignal, wanted?: HoldingsWanted): Promise<RuntimeHoldings> {
    const engine = await api.info(signal);
    const seen = await view(signal);
    const [used, summaries] = await Promise.all([uses(signal), api.images(signal)]);
    const common = { view: withIds(seen), uses: used, restorable: new Set<string>() };
    if (usesContainerdStore(engine)) {
      const note =
        'Docker keeps its images in containerd: what their removal frees is told by containerd, in namespace "moby".';
      return { ...common, ...NOTHING, notes: [note] };
    }

    const place = { root: engine.DockerRootDir, driver: engine.Driver };
    const read = await layerStore.read(place, wanted?.inodes ?? false, signal);
    const store = read ?? (await storeFromHistory(api, seen.images, signal));
    const storage = dockerStorage(
      storedImages(seen.images, summaries),
      seen.containers.map(({ name, imageId }) => ({ who: `container ${name}`, imageId: imageId ?? '' })),
      store,
    );
    return {
      ...common,
      storage,
      fromRegistry: new Set(
        summaries
          .filter(({ RepoDigests }) => RepoDigests.some((name) => !name.includes('<none>')))
          .map(({ Id }) => Id),
      ),
      // What an image that cannot be inspected keeps would look lost.
      leaks:
        read === undefined || seen.problems.length > 0
          ? []
          : await dockerLeaks(place, store, storage, clockOf(engine)),
      notes: read === undefined ? [noteOnFolder(place.root)] : [],
    };
  }

  /** Docker itself keeps what an image is built on. */
  async function usersMark(signal: AbortSignal): Promise<string> {
    const containers = await api.containers(signal);
    return JSON.stringify(containers.map(({ Id, ImageID }) => `${Id} ${ImageID}`));
  }

  return { holdings, uses, usersMark };
}

/** An image without names goes by its ID, so that is its name here. */
function withIds(view: RuntimeView): RuntimeView {
  const images = view.images.map((image): Image => {
    if (image.names.length > 0) return image;
    const [manifest = image.imageId] = image.manifestDigests;
    return { ...image, names: [{ engine: 'docker', namespace: '', name: manifest, target: manifest }] };
  });
  return { ...view, images };
}

function storedImages(images: readonly Image[], summaries: readonly ImageSummary[]): readonly StoredImage[] {
  const parents = new Map(summaries.map(({ Id, ParentId }) => [Id, ParentId]));
  return images.map(({ imageId, names, diffIds }) => {
    const topChain = chainIds(diffIds).at(-1);
    return {
      imageId,
      parentId: parents.get(imageId) ?? '',
      isNamed: names.length > 0,
      ...(topChain !== undefined && { topChain }),
    };
  });
}

async function storeFromHistory(
  api: DockerApi,
  images: readonly Image[],
  signal: AbortSignal,
): Promise<LayerStore> {
  const layers = new Map<ChainId, StoredLayer>();
  await readEach(images, async ({ imageId, diffIds }) => {
    const history = await api.history(imageId, signal);
    for (const [chainId, layer] of historyLayers(diffIds, history ?? []))
      if (!layers.has(chainId)) layers.set(chainId, layer);
  });
  return { layers, mounts: [], configs: new Map(), buildCache: [] };
}

function clockOf({ SystemTime }: EngineInfo): number {
  const now = Date.parse(SystemTime);
  return Number.isNaN(now) ? 0 : now;
}

function noteOnFolder(root: string): string {
  return `Docker's folder ${root} cannot be read here, so freed bytes are by the engine's own account, without inodes and without what the build cache keeps: run the agent as root, and in a container mount that folder, read-only, at the same path as on the host.`;
}
