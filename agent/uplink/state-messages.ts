import { MESSAGE_OVERHEAD_BYTES } from '../../proto/codec/limits.ts';
import type { Request } from '../../proto/codec/session.ts';
import type { EncodedStateItem } from '../../proto/codec/state-item.ts';
import { itemsIn, type StateDifference, type StateSnapshot } from './state-snapshot.ts';

/** Tags and lengths of one item; both lengths take at most four bytes. */
const ITEM_OVERHEAD_BYTES = 16;

/** StateChange messages for a difference, none larger than allowed; the last carries the new root. */
export function changeMessages(
  difference: StateDifference,
  root: Uint8Array,
  maxMessageBytes: number,
): Request[] {
  const changes = [
    ...difference.deletes.map((key) => ({ key, item: undefined })),
    ...difference.upserts.map((item) => ({ key: item.key, item })),
  ];
  const parts = split(changes, ({ key, item }) => sizeOf(item ?? { key }), maxMessageBytes);
  return parts.map((part, at) => ({
    stateChange: {
      upserts: part.flatMap(({ item }) => (item ? [wireItem(item)] : [])),
      deletes: part.flatMap(({ key, item }) => (item ? [] : [key])),
      stateRoot: at === parts.length - 1 ? root : new Uint8Array(),
    },
  }));
}

/** BucketState messages that say all of some buckets; the last is complete and carries the root. */
export function bucketMessages(
  snapshot: StateSnapshot,
  buckets: readonly number[],
  maxMessageBytes: number,
): Request[] {
  const parts = split(itemsIn(snapshot, new Set(buckets)), sizeOf, maxMessageBytes);
  return parts.map((items, at) => ({
    bucketState: {
      buckets: [...buckets],
      items: items.map(wireItem),
      complete: at === parts.length - 1,
      stateRoot: snapshot.root,
    },
  }));
}

function wireItem({ key, payload }: EncodedStateItem): EncodedStateItem {
  return { key, payload };
}

function sizeOf({ key, payload }: { readonly key: string; readonly payload?: Uint8Array }): number {
  return ITEM_OVERHEAD_BYTES + Buffer.byteLength(key) + (payload?.length ?? 0);
}

/** In order, in parts of at most that size; at least one part. An item alone fits, since limits keep it so. */
function split<T>(items: readonly T[], size: (item: T) => number, maxMessageBytes: number): T[][] {
  const room = maxMessageBytes - MESSAGE_OVERHEAD_BYTES;
  const parts: T[][] = [];
  let part: T[] = [];
  let used = 0;
  for (const item of items) {
    const bytes = size(item);
    if (used + bytes > room && part.length > 0) {
      parts.push(part);
      part = [];
      used = 0;
    }
    part.push(item);
    used += bytes;
  }
  parts.push(part);
  return parts;
}
