import { decodeLayerIndex } from '../../core/layer-index.ts';
import type { State } from '../state/state.ts';
import type { ScanMemory } from './image-scanner.ts';

/** What the scanner asks, answered by the node's stores. */
export function scanMemory({ layers, compositions }: Pick<State, 'layers' | 'compositions'>): ScanMemory {
  return {
    missing: (diffId, catalogers) => layers.missing(diffId, catalogers),
    index(diffId) {
      const stored = layers.index(diffId);
      return stored && decodeLayerIndex(diffId, stored.encoded);
    },
    facts: (diffId, cataloger) => layers.facts(diffId, cataloger, { claims: true }),
    hasComposition: (key) => compositions.has(key),
    putComposition: (key, composition) => compositions.put(key, composition),
  };
}
