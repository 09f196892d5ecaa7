import type { ChainId, DiffId } from '../../../core/layer.ts';
import { chainIds } from '../chain-id.ts';
import type { HistoryItem } from './api-types.ts';
import type { StoredLayer } from './layer-store.ts';

/** The diff ID of an empty tar: two blocks of zeros. */
const EMPTY_LAYER = 'sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef';

/**
 * Layers of an image by what the engine's API tells, for want of its folder. The history gives sizes without saying whose:
 * of an instruction that made no layer and of a layer without files both are 0. So they are exact unless a layer has no
 * files and is not the empty one; then a size may stand at its neighbor, and the sum is still right.
 */
export function historyLayers(
  diffIds: readonly DiffId[],
  history: readonly HistoryItem[],
): ReadonlyMap<ChainId, StoredLayer> {
  const sizes = history.map(({ Size }) => Size).filter((size) => size > 0);
  const filled = diffIds.filter((diffId) => diffId !== EMPTY_LAYER);
  const canBeEmpty = sizes.length <= filled.length;
  const layers = new Map<ChainId, StoredLayer>();
  let parent: ChainId | undefined;
  for (const [at, chainId] of chainIds(diffIds).entries()) {
    // The history begins with what was made last.
    const isEmpty = canBeEmpty && diffIds[at] === EMPTY_LAYER;
    const bytes = isEmpty ? 0 : (sizes.pop() ?? 0);
    layers.set(chainId, { bytes, inodes: 0, ...(parent !== undefined && { parent }), directory: '' });
    parent = chainId;
  }
  return layers;
}
