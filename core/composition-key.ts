import type { DiffId } from './layer.ts';
import type { Sha256 } from './state-tree.ts';

export interface CatalogerVersion {
  readonly id: string;
  readonly version: number;
}

const text = new TextEncoder();

/** Names a set of catalogers at their versions, whatever their order: 32 bytes. Content made by another set is other content. */
export function catalogerSet(sha256: Sha256, catalogers: readonly CatalogerVersion[]): Uint8Array {
  const lines = catalogers.map(({ id, version }) => `${id} ${version}\n`).sort();
  return sha256(text.encode(lines.join('')));
}

/** Key of what merging these layers (base first) gives with this set of catalogers: 64 hex digits. */
export function compositionKey(
  sha256: Sha256,
  diffIds: readonly DiffId[],
  catalogers: readonly CatalogerVersion[],
): string {
  const digest = sha256(catalogerSet(sha256, catalogers), text.encode(diffIds.join('\n')));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
