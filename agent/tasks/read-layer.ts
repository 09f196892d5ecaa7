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
    const storedIndex = layers.storedIndex(diffId);
    const job = { location, diffId, catalogers: missing.map(({ id }) => id), verify: true };
    const { index, facts } = await scanner.scanPacked(
      { ...job, ...(storedIndex && { storedIndex }) },
      signal,
    );
    onRead(storedIndex === undefined ? 'walk' : 'candidates', (performance.now() - started) / 1000);
    const steps = facts.map((one) => () => layers.putStoredFacts(diffId, one));
    if (index !== undefined) steps.unshift(() => layers.putStoredIndex(diffId, index.compressed, index));
    return steps;
  };
}
