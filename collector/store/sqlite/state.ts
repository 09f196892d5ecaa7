import { BUCKET_COUNT, bucketOf, HASH_BYTES, StateTree } from '../../../core/state-tree.ts';
import { stateKey, type StateItem } from '../../../core/inventory.ts';
import { sha256 } from '../../../platform/sha256.ts';
import type { IncomingItem } from '../../ingest/ingest-store.ts';
import { StoreError } from '../store-error.ts';
import { containerRows } from './container-rows.ts';
import type { Database } from './database.ts';
import { hostRows } from './host-rows.ts';
import type { ImageNodes } from './image-nodes.ts';
import { imageRows } from './image-rows.ts';
import type { HeldItem } from '../item-key.ts';
import type { WriteContext } from './item-rows.ts';
import { ensureNode, nodeIdOf } from './node-rows.ts';
import { processRows } from './process-rows.ts';

const KINDS = [hostRows, imageRows, containerRows, processRows] as const;

/** See `IngestStore.applyState`. */
export function applyState(
  database: Database,
  index: ImageNodes,
  node: string,
  upserts: readonly IncomingItem[],
  deletes: readonly string[],
  at: number,
): HeldItem[] {
  const afterCommit: WriteContext['afterCommit'] = [];
  const replaced = database.transaction(() => {
    const context = { database, node: ensureNode(database, node, at), at, afterCommit };
    const old: HeldItem[] = [];
    for (const { key, hash, item } of upserts) {
      if (key !== stateKey(item) || hash.length !== HASH_BYTES) {
        throw new StoreError('invalid', `state item ${key} of node ${node} does not fit its key or hash`);
      }
      const previous = write(context, item, hash);
      if (previous !== undefined) old.push({ key, hash: previous });
    }
    for (const key of deletes) {
      const previous = remove(context, key);
      if (previous !== undefined) old.push({ key, hash: previous });
    }
    return old;
  });
  for (const apply of afterCommit) apply(index);
  return replaced;
}

/** See `IngestStore.bucketHashes`. */
export function bucketHashes(database: Database, node: string): Uint8Array {
  const tree = new StateTree(sha256);
  for (const { key, hash } of heldItems(database, node)) tree.toggle(bucketOf(sha256, key), hash);
  return tree.buckets();
}

/** See `IngestStore.bucketItems`. */
export function bucketItems(database: Database, node: string, buckets: readonly number[]): HeldItem[] {
  const wanted = new Uint8Array(BUCKET_COUNT);
  for (const bucket of buckets) if (bucket >= 0 && bucket < BUCKET_COUNT) wanted[bucket] = 1;
  const found: HeldItem[] = [];
  for (const item of heldItems(database, node)) {
    if (wanted[bucketOf(sha256, item.key)] === 1) found.push(item);
  }
  return found;
}

function write(context: WriteContext, item: StateItem, hash: Uint8Array): Uint8Array | undefined {
  switch (item.kind) {
    case 'host':
      return hostRows.write(context, item.value, hash);
    case 'image':
      return imageRows.write(context, item.value, hash);
    case 'container':
      return containerRows.write(context, item.value, hash);
    case 'process':
      return processRows.write(context, item.value, hash);
  }
}

function remove(context: WriteContext, key: string): Uint8Array | undefined {
  for (const rows of KINDS) {
    const hash = rows.remove(context, key);
    if (hash !== undefined) return hash;
  }
  return undefined;
}

function* heldItems(database: Database, node: string): Iterable<HeldItem> {
  const id = nodeIdOf(database, node);
  if (id === undefined) return;
  for (const rows of KINDS) yield* rows.held(database, id);
}
