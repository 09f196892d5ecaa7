import type { Image } from '../../core/inventory.ts';
import type { State } from '../state/state.ts';
import type { ImageAge } from './reported-state.ts';

/** What belongs to no image is kept this long, for images often come back. Node time. */
const FORGET_AFTER_MS = 24 * 3_600_000;
/** Space given back to the file system at a time, so that nobody waits long. */
const COMPACT_BYTES = 4 * 1024 * 1024;
/** An image in use is used all the time; the collector need not hear of each look. */
const REPORTED_STEP_MS = 3_600_000;

/**
 * Notes which images are there and in use. Last use is reported to the hour, so that an unchanged node stays unchanged.
 * `clockSet`: is told by how many ms the node's clock was set since the last call, mostly 0.
 */
export function imageAges(
  seen: State['seen'],
  present: ReadonlySet<string>,
  inUse: ReadonlySet<string>,
  clockSet: (stepMs: number) => void,
): (imageId: string) => ImageAge {
  clockSet(seen.observe(present, inUse));
  const lives = seen.lives();
  return (imageId) => {
    const life = lives.get(imageId);
    if (life === undefined) return { firstSeen: 0 };
    const { firstSeen, lastUsed } = life;
    return lastUsed === undefined
      ? { firstSeen }
      : { firstSeen, lastUsed: lastUsed - (lastUsed % REPORTED_STEP_MS) };
  };
}

/**
 * Forgets layers and compositions that no image on the node has had for a day, and at once the ages of images that are
 * gone: one that comes back is new. Only to be called when every engine answered.
 */
export function forgetUnused(state: State, images: readonly Image[], compositions: readonly string[]): void {
  state.seen.forget(images.map((image) => image.imageId));
  state.layers.forget(new Set(images.flatMap((image) => image.diffIds)), FORGET_AFTER_MS);
  state.compositions.forget(compositions, FORGET_AFTER_MS);
  state.compact(COMPACT_BYTES);
}
