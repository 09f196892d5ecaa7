import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Storage } from '../../../core/cleanup/storage.ts';
import type { Leak } from '../holdings.ts';
import { readEach } from './each.ts';
import { namesIn, type LayerStore, type LayerStorePlace } from './layer-store.ts';
import { unkeptLayers } from './storage.ts';

/** What is younger may belong to a pull or a build that still runs. */
const DAY_MS = 24 * 60 * 60_000;
const MOST_LEAKS = 1_000;

/** As the layer store names directories. BuildKit's names are shorter, and its own business. */
const LAYER_DIRECTORY = /^[0-9a-f]{64}(?:-init)?$/;

/**
 * What lies in the engine's folder for a day and longer, and nothing refers to: layers, directories of the storage driver that
 * are no layer's, and layers whose unpacking never ended. By name alone, so the bytes of the latter two are not known and 0.
 * `now` is the engine's clock, ms since the epoch. At most 1,000.
 */
export async function dockerLeaks(
  place: LayerStorePlace,
  store: LayerStore,
  storage: Storage,
  now: number,
): Promise<readonly Leak[]> {
  const layerdb = join(place.root, 'image', place.driver, 'layerdb');
  const owned = new Set([...store.layers.values()].map(({ directory }) => directory));
  for (const { directories } of store.mounts) for (const directory of directories) owned.add(directory);
  const lost = ((await namesIn(join(place.root, place.driver))) ?? []).filter(
    (name) => LAYER_DIRECTORY.test(name) && !owned.has(name),
  );
  const suspects = [
    ...unkeptLayers(storage).map((chainId) => ({
      path: join(layerdb, 'sha256', chainId.slice('sha256:'.length)),
      leak: leakOf('snapshot', chainId, 'A layer that no image, container or build cache uses.', {
        bytes: store.layers.get(chainId)?.bytes ?? 0,
      }),
    })),
    ...lost.map((name) => ({
      path: join(place.root, place.driver, name),
      leak: leakOf('snapshot', name, `A directory of storage driver ${place.driver} that is no layer's.`),
    })),
    ...((await namesIn(join(layerdb, 'tmp'))) ?? []).map((name) => ({
      path: join(layerdb, 'tmp', name),
      leak: leakOf('ingest', name, 'A layer whose unpacking was cut off.'),
    })),
  ];
  return readEach(suspects.slice(0, MOST_LEAKS), async ({ path, leak }) => {
    const age = await stat(path).then(
      ({ mtimeMs }) => now - mtimeMs,
      () => 0,
    );
    return age >= DAY_MS ? leak : undefined;
  });
}

function leakOf(kind: Leak['kind'], id: string, message: string, { bytes } = { bytes: 0 }): Leak {
  return { kind, namespace: '', id, bytes, message };
}
