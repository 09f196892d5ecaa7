import { decodeLayerIndex } from '../../core/layer-index.ts';
import type { LayerScanner } from '../layers/worker/layer-scanner.ts';
import type { State } from '../state/state.ts';
import type { ReadLayer } from './image-scanner.ts';

/** What was done with a layer: all its names walked, or only some catalogers' candidates read. */
export type LayerReading = 'walk' | 'candidates';

/** Reads one layer; a layer whose index is stored is not walked again. `onRead` hears what was done, and the seconds. */
export function layerReader(
  scanner: LayerScanner,
  layers: State['layers'],
  onRead: (reading: LayerReading, seconds: number) => void,
): ReadLayer {
  return async ({ diffId, location }, missing, signal) => {
    const started = performance.now();
    const storedIndex = layers.index(diffId)?.encoded;
    const job = { location, diffId, catalogers: missing.map(({ id }) => id), verify: true };
    const { encodedIndex, facts } = await scanner.scan(
      { ...job, ...(storedIndex && { storedIndex }) },
      signal,
    );
    onRead(storedIndex === undefined ? 'walk' : 'candidates', (performance.now() - started) / 1000);
    return () => {
      if (encodedIndex !== undefined)
        layers.putIndex(diffId, encodedIndex, decodeLayerIndex(diffId, encodedIndex));
      for (const one of facts) layers.putFacts(one);
    };
  };
}
