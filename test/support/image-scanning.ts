import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { catalogers as allCatalogers } from '../../agent/catalogers/index.ts';
import { rootDirectorySource } from '../../agent/layers/directory/root-directory.ts';
import { scanLayer } from '../../agent/layers/scan-layer.ts';
import { createLayerScanner, type ScannerOptions } from '../../agent/layers/worker/layer-scanner.ts';
import type { Runtime } from '../../agent/runtimes/runtime.ts';
import { systemClock } from '../../agent/state/clock.ts';
import { openState } from '../../agent/state/state.ts';
import { ImageScanner, type CatalogerVersion, type ScanOutcome } from '../../agent/tasks/image-scanner.ts';
import { layerReader, type LayerReading } from '../../agent/tasks/read-layer.ts';
import { scanMemory } from '../../agent/tasks/scan-memory.ts';
import { compose } from '../../core/compose.ts';
import type { Package } from '../../core/composition.ts';
import type { Image } from '../../core/inventory.ts';
import { packagesOf } from '../../core/merge.ts';

/** A scanner with its stores, as an agent has them, that counts the layers it reads. */
export interface TestScanning {
  readonly readings: LayerReading[];
  scan(
    image: Image,
    runtimes: readonly Runtime[],
    catalogers?: readonly CatalogerVersion[],
  ): Promise<ScanOutcome>;
  /** Packages of a scanned image, from what is stored. */
  packages(image: Image): Package[];
  close(): Promise<void>;
}

const signal = AbortSignal.timeout(600_000);

/** `options`: of the scanning thread; an agent's has `littleMemory`. */
export function startScanning(options?: ScannerOptions): TestScanning {
  const folder = mkdtempSync(join(tmpdir(), 'tallyman-state-'));
  const state = openState(folder, { clock: systemClock(), outbox: { maxBytes: 1 << 20, dropFirst: [] } });
  const scanner = createLayerScanner(options);
  const readings: LayerReading[] = [];
  const readLayer = layerReader(scanner, state.layers, (reading) => readings.push(reading));
  const scannerFor = (catalogers: readonly CatalogerVersion[]): ImageScanner =>
    new ImageScanner({ catalogers, memory: scanMemory(state), readLayer, merging: scanner });
  return {
    readings,
    scan: (image, runtimes, catalogers = allCatalogers) =>
      scannerFor(catalogers).scan(image, runtimes, signal),
    packages(image) {
      const composition = state.compositions.get(scannerFor(allCatalogers).keyOf(image));
      if (composition === undefined) throw new Error(`${image.imageId} was not scanned`);
      return packagesOf(composition, (layer, id) => {
        const cataloger = allCatalogers.find((one) => one.id === id);
        const diffId = composition.diffIds[layer];
        if (cataloger === undefined || diffId === undefined) return [];
        return state.layers.facts(diffId, cataloger, { claims: false })?.facts ?? [];
      });
    },
    async close() {
      await scanner.close();
      state.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The packages of an unpacked root, read as one layer: what merging layers must come to. */
export async function packagesOfRoot(root: string): Promise<Package[]> {
  const scanned = await scanLayer(rootDirectorySource(root), 'sha256:root', allCatalogers);
  const composition = compose([{ index: scanned.index, facts: scanned.facts }]);
  return packagesOf(
    composition,
    (_layer, id) => scanned.facts.find((one) => one.cataloger === id)?.facts ?? [],
  );
}
