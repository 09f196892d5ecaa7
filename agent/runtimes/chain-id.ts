import { createHash } from 'node:crypto';
import type { ChainId, DiffId } from '../../core/layer.ts';

/**
 * Chain ID of every stack of an image's layers: the base alone first, all of them last.
 * Source: OCI image-spec, config.md, "Layer ChainID".
 */
export function chainIds(diffIds: readonly DiffId[]): readonly ChainId[] {
  const chains: ChainId[] = [];
  let below: ChainId | undefined;
  for (const diffId of diffIds) {
    below = below === undefined ? diffId : sha256(`${below} ${diffId}`);
    chains.push(below);
  }
  return chains;
}

function sha256(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
