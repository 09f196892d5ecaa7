import { NO_SPACE, type Space, type Storage } from './storage.ts';

/**
 * What removals freed, from what was on disk before them and after: for each image, in the order given, the things that
 * it held before and that are gone now; what several held is the last one's, as in `SpaceLedger.remove`. Things that went
 * for other reasons are nobody's.
 */
export function measureFreed(
  before: Storage,
  after: Storage,
  imageIds: readonly string[],
): ReadonlyMap<string, Space> {
  const left = new Set([...after.things.values()].map(onDisk));
  const refs = new Map<string, string[]>();
  for (const { holder, refs: held } of before.roots) {
    if (holder.kind === 'other') continue;
    refs.set(holder.imageId, [...(refs.get(holder.imageId) ?? []), ...held]);
  }
  const counted = new Set<string>();
  const measured = new Map<string, Space>();
  for (const imageId of imageIds.toReversed()) {
    let [bytes, inodes] = [0, 0];
    const seen = new Set<string>();
    const waiting = [...(refs.get(imageId) ?? [])];
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      const thing = before.things.get(id);
      if (thing === undefined || seen.has(id)) continue;
      seen.add(id);
      waiting.push(...thing.refs);
      const name = onDisk(thing);
      if (left.has(name) || counted.has(name)) continue;
      counted.add(name);
      bytes += thing.bytes;
      inodes += thing.inodes;
    }
    measured.set(imageId, { bytes, inodes });
  }
  return measured;
}

/** All of them together. */
export function sumOf(spaces: Iterable<Space>): Space {
  let sum = NO_SPACE;
  for (const { bytes, inodes } of spaces) sum = { bytes: sum.bytes + bytes, inodes: sum.inodes + inodes };
  return sum;
}

function onDisk({ id, shared }: { readonly id: string; readonly shared?: string }): string {
  return shared ?? id;
}
