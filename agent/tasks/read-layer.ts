import { decodeLayerIndex } from '../../core/layer-index.ts';
import type { CatalogerFacts } from '../../core/facts.ts';
import type { DiffId, LayerIndex } from '../../core/layer.ts';
import type { LayerLocation } from '../runtimes/runtime.ts';
import type { State } from '../state/state.ts';
import type { ReadLayer } from './image-scanner.ts';

/** Reads layers, wherever it does so. */
export interface LayerScans {
  /** With `stored`: only the catalogers' candidates, with no walk. */
  scan(
    job: {
      readonly location: LayerLocation;
      readonly diffId: DiffId;
      readonly catalogers: readonly string[];
      readonly stored?: LayerIndex;
    },
    signal: AbortSignal,
  ): Promise<{ readonly encodedIndex?: Uint8Array; readonly facts: readonly CatalogerFacts[] }>;
}

/** Reads one layer and stores what it says; a layer whose index is stored is not walked again. `onRead`: what was done, seconds. */
export function layerReader(
  scans: LayerScans,
  layers: State['layers'],
  onRead: (kind: 'walk' | 'candidates', seconds: number) => void,
): ReadLayer {
  return async ({ diffId, location }, missing, signal) => {
    const started = performance.now();
    const stored = layers.index(diffId);
    const catalogers = missing.map((cataloger) => cataloger.id);
    const job = {
      location,
      diffId,
      catalogers,
      ...(stored && { stored: decodeLayerIndex(diffId, stored.encoded) }),
    };
    const { encodedIndex, facts } = await scans.scan(job, signal);
    if (encodedIndex !== undefined) {
      const { entryCount, opaqueBlind } = decodeLayerIndex(diffId, encodedIndex);
      layers.putIndex(diffId, encodedIndex, { entryCount, opaqueBlind });
    }
    for (const one of facts) layers.putFacts(one);
    onRead(stored === undefined ? 'walk' : 'candidates', (performance.now() - started) / 1000);
  };
}
