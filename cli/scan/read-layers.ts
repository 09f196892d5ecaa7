import { catalogers } from '../../agent/catalogers/index.ts';
import type { LayerProblem } from '../../agent/layers/layer-source.ts';
import type { LayerLocation } from '../../agent/layers/location.ts';
import { createLayerScanner } from '../../agent/layers/worker/layer-scanner.ts';
import { compose, type MergeLayer } from '../../core/compose.ts';
import type { Composition } from '../../core/composition.ts';
import type { Fact } from '../../core/facts.ts';
import { findingsOf } from '../../core/findings.ts';
import type { DiffId } from '../../core/layer.ts';
import { decodeLayerIndex } from '../../core/layer-index.ts';
import { factLookup, packagesOf } from '../../core/merge.ts';
import type { ScanProblem, ScanResult } from './scan-result.ts';

/** A command that ends anyway may use more than an agent that stays. */
const HEAP_MEBIBYTES = 1024;

export interface LayerToRead {
  readonly diffId: DiffId;
  readonly location: LayerLocation;
}

/** Called before each layer; `done` of `total` are read. */
export type OnLayer = (done: number, total: number) => void;

type MergedScan = Pick<ScanResult, 'composition' | 'packages' | 'findings' | 'problems'>;
type ReadLayer = MergeLayer & { readonly problems: readonly LayerProblem[] };

/** Reads layers, base first, each once, and merges them. Throws a LayerError, or the signal's reason. */
export async function readLayers(
  layers: readonly LayerToRead[],
  onLayer: OnLayer,
  signal: AbortSignal,
): Promise<MergedScan> {
  const scanner = createLayerScanner({ heapMebibytes: HEAP_MEBIBYTES });
  const read = new Map<DiffId, ReadLayer>();
  const ids = catalogers.map(({ id }) => id);
  try {
    for (const [at, { diffId, location }] of layers.entries()) {
      onLayer(at, layers.length);
      if (read.has(diffId)) continue;
      const { encodedIndex, facts, problems } = await scanner.scan(
        { diffId, location, catalogers: ids, verify: true },
        signal,
      );
      if (encodedIndex === undefined) throw new Error(`layer ${diffId} was read without its names`);
      read.set(diffId, { index: decodeLayerIndex(diffId, encodedIndex), facts, problems });
    }
  } finally {
    await scanner.close();
  }
  return merged(layers.flatMap(({ diffId }) => read.get(diffId) ?? []));
}

function merged(layers: readonly ReadLayer[]): MergedScan {
  const composition = compose(layers);
  const factsOf = (layer: number, cataloger: string): readonly Fact[] =>
    layers[layer]?.facts.find((one) => one.cataloger === cataloger)?.facts ?? [];
  return {
    composition,
    packages: packagesOf(composition, factsOf),
    findings: findingsOf(composition, factsOf),
    problems: [
      ...layers.flatMap(({ problems }, layer) =>
        problems.map((problem): ScanProblem => ({ layer, kind: 'unread', ...problem })),
      ),
      ...problemFacts(composition, factLookup(factsOf)),
    ],
  };
}

/** Only what counts in the merged image: what a layer above hides is no loss. */
function problemFacts({ visible }: Composition, factOf: ReturnType<typeof factLookup>): ScanProblem[] {
  return visible.flatMap((ref): ScanProblem[] => {
    const fact = factOf(ref);
    const { layer, path, cataloger } = ref;
    if (fact?.status === 'error')
      return [{ layer, path, cataloger, kind: 'unread', message: fact.message ?? 'unknown' }];
    if (fact?.truncated !== undefined)
      return [{ layer, path, cataloger, kind: 'truncated', message: fact.truncated }];
    return [];
  });
}
