import { catalogers } from '../../agent/catalogers/index.ts';
import { createLayerScanner } from '../../agent/layers/worker/layer-scanner.ts';
import type { State } from '../../agent/state/state.ts';
import { ImageScanner, type ScanOutcome } from '../../agent/tasks/image-scanner.ts';
import { layerReader } from '../../agent/tasks/read-layer.ts';
import { forgetUnused } from '../../agent/tasks/remembering.ts';
import { scanMemory } from '../../agent/tasks/scan-memory.ts';
import type { Package } from '../../core/composition.ts';
import type { Fact } from '../../core/facts.ts';
import type { Image } from '../../core/inventory.ts';
import { packagesOf } from '../../core/merge.ts';
import type { NodeLook } from './look.ts';

/** An image whose packages were sought. */
export interface ReadImage {
  readonly image: Image;
  /** In order of purl; absent when they could not be found. */
  readonly packages?: readonly Package[];
  /** Why not. */
  readonly problem?: string;
  /** True when a layer's opaque directories could not be seen: deleted packages may be listed. */
  readonly opaqueBlind: boolean;
}

/**
 * Finds the packages of these images; layers that `state` knows are not read. `onImage` is called before each image.
 * Throws a StateError, or the signal's reason.
 */
export async function readPackages(
  look: NodeLook,
  images: readonly Image[],
  state: State,
  onImage: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<ReadImage[]> {
  const layers = createLayerScanner();
  const scanner = new ImageScanner({
    catalogers,
    memory: scanMemory(state),
    readLayer: layerReader(layers, state.layers, () => undefined),
    merging: layers,
  });
  try {
    const read: ReadImage[] = [];
    for (const [at, image] of images.entries()) {
      onImage(at, images.length);
      const outcome = await scanner.scan(image, look.runtimes, signal);
      read.push(readImage(image, outcome, state));
    }
    if (look.complete) {
      const keys = look.images.map((image) => scanner.keyOf(image));
      forgetUnused(state, look.images, keys);
    }
    return read;
  } finally {
    await layers.close();
  }
}

function readImage(image: Image, outcome: ScanOutcome, state: State): ReadImage {
  if (outcome.kind === 'failed') return { image, problem: outcome.message, opaqueBlind: false };
  const composition = state.compositions.get(outcome.key);
  if (composition === undefined)
    return { image, problem: 'what was read of it was lost', opaqueBlind: false };
  const versions = new Map(catalogers.map((cataloger) => [cataloger.id, cataloger]));
  const factsOf = (layer: number, id: string): readonly Fact[] => {
    const cataloger = versions.get(id);
    const diffId = composition.diffIds[layer];
    if (cataloger === undefined || diffId === undefined) return [];
    return state.layers.facts(diffId, cataloger, { claims: false })?.facts ?? [];
  };
  return { image, packages: packagesOf(composition, factsOf), opaqueBlind: composition.opaqueBlind };
}
