import { isWholeKey, type StateItem } from '../../core/inventory.ts';
import { bucketOf, equalBytes, itemHash, StateTree } from '../../core/state-tree.ts';
import { sha256 } from '../../platform/sha256.ts';
import type { Limits } from '../../proto/codec/limits.ts';
import { encodeStateItem, type EncodedStateItem } from '../../proto/codec/state-item.ts';

interface Entry extends EncodedStateItem {
  readonly bucket: number;
  readonly hash: Uint8Array;
}

/** A node's whole state at one moment, by key. Never changes; entries are shared from one to the next. */
export interface StateSnapshot {
  readonly entries: ReadonlyMap<string, Entry>;
  /** 256 x 32 bytes. */
  readonly buckets: Uint8Array;
  readonly root: Uint8Array;
}

/** What leads from one state to another. */
export interface StateDifference {
  readonly upserts: readonly EncodedStateItem[];
  readonly deletes: readonly string[];
}

export const EMPTY_STATE: StateSnapshot = snapshotOf(new Map());

/** Encodes the items; what did not change since `previous` is neither hashed nor held twice. */
export function takeSnapshot(items: readonly StateItem[], previous: StateSnapshot): StateSnapshot {
  const entries = new Map<string, Entry>();
  for (const item of items) {
    const { key, payload } = encodeStateItem(item);
    const held = previous.entries.get(key);
    entries.set(key, held && equalBytes(held.payload, payload) ? held : entryOf(key, payload));
  }
  return snapshotOf(entries);
}

/** Why an item stays behind. */
export interface LeftOut {
  readonly key: string;
  readonly why: string;
}

/** The part of a state that fits a session's limits, and what does not. */
export function fitSnapshot(
  whole: StateSnapshot,
  limits: Limits,
): { readonly snapshot: StateSnapshot; readonly leftOut: readonly LeftOut[] } {
  const leftOut: LeftOut[] = [];
  const entries = new Map<string, Entry>();
  for (const [key, entry] of whole.entries) {
    const bytes = entry.payload.length + key.length;
    if (!isWholeKey(key)) {
      leftOut.push({ key, why: 'its ID or namespace has a slash in it, which no engine gives' });
    } else if (bytes > limits.maxItemBytes) {
      leftOut.push({ key, why: `it has ${bytes} bytes and the collector takes ${limits.maxItemBytes}` });
    } else if (entries.size >= limits.maxItems) {
      leftOut.push({ key, why: `the collector takes ${limits.maxItems} items of a node` });
    } else {
      entries.set(key, entry);
    }
  }
  return leftOut.length === 0 ? { snapshot: whole, leftOut } : { snapshot: snapshotOf(entries), leftOut };
}

export function differenceOf(from: StateSnapshot, to: StateSnapshot): StateDifference {
  const upserts = [];
  for (const [key, entry] of to.entries) {
    const held = from.entries.get(key);
    if (!held || !equalBytes(held.hash, entry.hash)) upserts.push(entry);
  }
  const deletes = [...from.entries.keys()].filter((key) => !to.entries.has(key));
  return { upserts, deletes };
}

export function itemsIn(snapshot: StateSnapshot, buckets: ReadonlySet<number>): EncodedStateItem[] {
  return [...snapshot.entries.values()].filter((entry) => buckets.has(entry.bucket));
}

function entryOf(key: string, payload: Uint8Array): Entry {
  return { key, payload, bucket: bucketOf(sha256, key), hash: itemHash(sha256, key, payload) };
}

function snapshotOf(entries: ReadonlyMap<string, Entry>): StateSnapshot {
  const tree = new StateTree(sha256);
  for (const { bucket, hash } of entries.values()) tree.toggle(bucket, hash);
  return { entries, buckets: tree.buckets(), root: tree.root() };
}
