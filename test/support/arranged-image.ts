import { mkdirSync } from 'node:fs';
import { catalogers } from '../../agent/catalogers/index.ts';
import { overlayDirectorySource } from '../../agent/layers/directory/overlay-directory.ts';
import { scanLayer, type ScannedLayer } from '../../agent/layers/scan-layer.ts';
import { compose } from '../../core/compose.ts';
import type { Composition, Package } from '../../core/composition.ts';
import { packagesOf } from '../../core/merge.ts';
import { overlayStack } from './overlay-stack.ts';

/** What building one layer does in the image so far, whose root it gets. */
export type Step = (root: string) => Promise<void> | void;

/** What we make of an image. */
export interface ArrangedImage {
  readonly composition: Composition;
  readonly packages: readonly Package[];
}

/**
 * Builds an image, a layer a step, on overlay mounts, and merges what is read in each layer. `afterEach` sees the image
 * after every layer. Needs root, and an empty folder that the caller removes.
 */
export async function arrangedImage(
  folder: string,
  steps: readonly Step[],
  afterEach: Step = () => undefined,
): Promise<ArrangedImage> {
  mkdirSync(folder, { recursive: true });
  const overlay = overlayStack(folder);
  for (const step of steps) {
    await overlay.grow(async (root) => {
      await step(root);
      await afterEach(root);
    });
  }
  const layers: ScannedLayer[] = [];
  for (const [at, upper] of overlay.uppers.entries()) {
    layers.push(await scanLayer(overlayDirectorySource(upper), `sha256:${at}`, catalogers));
  }
  const composition = compose(layers);
  const packages = packagesOf(
    composition,
    (layer, id) => layers[layer]?.facts.find(({ cataloger }) => cataloger === id)?.facts ?? [],
  );
  return { composition, packages };
}

/** A step that does several. */
export function inOneLayer(...steps: readonly Step[]): Step {
  return async (root) => {
    for (const step of steps) await step(root);
  };
}
