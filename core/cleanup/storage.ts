/** What keeps things on disk. `image`: removing the image by all its names takes this holder away; nothing else does. */
export type StorageHolder =
  | { readonly kind: 'image'; readonly imageId: string }
  /** A lease of ours that keeps a removed image until its grace period ends. */
  | { readonly kind: 'quarantine'; readonly imageId: string; readonly leaseId: string }
  /** A container, a lease, a label that says so: a sentence's end, such as `lease 17 of namespace moby`. */
  | { readonly kind: 'other'; readonly what: string };

/**
 * A thing that an engine keeps on disk: a blob, a snapshot, a layer. Things that are one on disk but known to several
 * namespaces (containerd's blobs) have one entry for each, with the same `shared` name.
 */
export interface StoredThing {
  /** Unique in the storage: `content/moby/sha256:…`, `snapshot/k8s.io/overlayfs/sha256:…`. */
  readonly id: string;
  /** What it is on disk; `id` when absent. Freed when the last entry of this name goes. */
  readonly shared?: string;
  /** On disk. */
  readonly bytes: number;
  /** Files and directories it takes; 0 where not known. */
  readonly inodes: number;
  /** IDs of what it keeps in turn. */
  readonly refs: readonly string[];
}

export interface StorageRoot {
  readonly holder: StorageHolder;
  /** IDs of things; those that do not exist are passed over. */
  readonly refs: readonly string[];
}

/** What the engines of a node keep, and why. Two engines never keep the same thing in two entries of one `shared` name. */
export interface Storage {
  readonly things: ReadonlyMap<string, StoredThing>;
  readonly roots: readonly StorageRoot[];
}

/** Space on disk. */
export interface Space {
  readonly bytes: number;
  readonly inodes: number;
}

export const NO_SPACE: Space = { bytes: 0, inodes: 0 };

/**
 * Answers what the removal of images frees, exactly: a thing goes when nothing that stays reaches it, as in the
 * engines' own collection. What is unreachable already is nobody's and is not counted.
 */
export class SpaceLedger {
  readonly #sizes = new Map<string, Space>();
  /** Things on disk by image. */
  readonly #reached = new Map<string, ReadonlySet<string>>();
  /** Which holders that stay reach a thing on disk; undefined stands for all that are no images. */
  readonly #holders = new Map<string, Set<string | undefined>>();

  constructor(storage: Storage) {
    const { things, roots } = storage;
    for (const thing of things.values()) {
      const name = thing.shared ?? thing.id;
      const { bytes, inodes } = thing;
      // One blob known to two namespaces is told twice; a namespace that knows less tells 0.
      const known = this.#sizes.get(name);
      if (known === undefined || known.bytes < bytes) this.#sizes.set(name, { bytes, inodes });
    }
    for (const [imageId, refs] of byHolder(roots)) {
      const reached = reachable(things, refs);
      if (imageId !== undefined) this.#reached.set(imageId, reached);
      for (const name of reached) {
        const holders = this.#holders.get(name);
        if (holders === undefined) this.#holders.set(name, new Set([imageId]));
        else holders.add(imageId);
      }
    }
  }

  /** What goes when this image goes, after those that were removed before. */
  exclusive(imageId: string): Space {
    let [bytes, inodes] = [0, 0];
    for (const name of this.#reached.get(imageId) ?? []) {
      if (this.#holders.get(name)?.size !== 1) continue;
      const size = this.#sizes.get(name) ?? NO_SPACE;
      bytes += size.bytes;
      inodes += size.inodes;
    }
    return { bytes, inodes };
  }

  /** Takes an image away. Answers what went with it, and the images that now hold more alone than before. */
  remove(imageId: string): { readonly freed: Space; readonly grown: ReadonlySet<string> } {
    const freed = this.exclusive(imageId);
    const grown = new Set<string>();
    for (const name of this.#reached.get(imageId) ?? []) {
      const holders = this.#holders.get(name);
      holders?.delete(imageId);
      const [last] = holders?.size === 1 ? holders : [];
      if (last !== undefined) grown.add(last);
    }
    this.#reached.delete(imageId);
    return { freed, grown };
  }
}

/** Everything that is not an image is one holder, under undefined: it never goes. */
function byHolder(roots: readonly StorageRoot[]): Map<string | undefined, string[]> {
  const holders = new Map<string | undefined, string[]>();
  for (const { holder, refs } of roots) {
    const key = holder.kind === 'image' ? holder.imageId : undefined;
    const known = holders.get(key);
    if (known === undefined) holders.set(key, [...refs]);
    else known.push(...refs);
  }
  return holders;
}

/** Names on disk of all that these keep, directly or not. */
function reachable(things: Storage['things'], refs: readonly string[]): Set<string> {
  const seen = new Set<string>();
  const names = new Set<string>();
  const waiting = [...refs];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const thing = things.get(id);
    if (thing === undefined || seen.has(id)) continue;
    seen.add(id);
    names.add(thing.shared ?? thing.id);
    waiting.push(...thing.refs);
  }
  return names;
}
