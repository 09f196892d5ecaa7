import type { State } from '../state/state.ts';
import type { ScanMemory } from './image-scanner.ts';

/** What the scanner asks, answered by the node's stores. */
export function scanMemory({ layers, compositions }: Pick<State, 'layers' | 'compositions'>): ScanMemory {
  return {
    missing: (diffId, catalogers) => layers.missing(diffId, catalogers),
    stored: (diffId, catalogers) => layers.stored(diffId, catalogers),
    drop: (diffId) => layers.drop(diffId),
    hasComposition: (key) => compositions.has(key),
    putComposition: (key, compressed) => compositions.putStored(key, compressed),
  };
}
