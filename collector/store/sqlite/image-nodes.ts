import type { Database } from './database.ts';

/**
 * Which nodes hold which image, as one bit set an image, in memory: distinct nodes of many images are counted in
 * microseconds, where counting distinct rows takes hundreds of milliseconds. 10,000 nodes cost 1.25 KB an image.
 * Follows `node_images`; is told of changes only once they are committed.
 */
export class ImageNodes {
  readonly #sets = new Map<number, NodeSet>();

  static load(database: Database): ImageNodes {
    const index = new ImageNodes();
    const rows = database.iterate<{ image: number; nodes: string }>(
      'SELECT image, json_group_array(node) AS nodes FROM node_images GROUP BY image',
    );
    for (const { image, nodes } of rows) {
      for (const node of JSON.parse(nodes) as number[]) index.add(image, node);
    }
    return index;
  }

  add(image: number, node: number): void {
    let set = this.#sets.get(image);
    if (set === undefined) {
      set = new NodeSet();
      this.#sets.set(image, set);
    }
    set.add(node);
  }

  remove(image: number, node: number): void {
    this.#sets.get(image)?.remove(node);
  }

  holds(image: number, node: number): boolean {
    return this.#sets.get(image)?.has(node) ?? false;
  }

  /** A node that is no more. */
  forget(node: number): void {
    for (const set of this.#sets.values()) set.remove(node);
  }

  /** Nodes that hold any of the images. */
  holders(images: Iterable<number>): NodeSet {
    const union = new NodeSet();
    for (const image of images) {
      const set = this.#sets.get(image);
      if (set !== undefined) union.addAll(set);
    }
    return union;
  }
}

/** A set of small numbers, 32 to a word. */
export class NodeSet {
  #words = new Uint32Array(8);

  has(node: number): boolean {
    return (((this.#words[node >>> 5] ?? 0) >>> (node & 31)) & 1) === 1;
  }

  add(node: number): void {
    const at = node >>> 5;
    if (at >= this.#words.length) this.#grow(at + 1);
    this.#words[at] = (this.#words[at] ?? 0) | (1 << (node & 31));
  }

  remove(node: number): void {
    const at = node >>> 5;
    if (at < this.#words.length) this.#words[at] = (this.#words[at] ?? 0) & ~(1 << (node & 31));
  }

  addAll(other: NodeSet): void {
    const words = other.#words;
    if (words.length > this.#words.length) this.#grow(words.length);
    for (let at = 0; at < words.length; at += 1) this.#words[at] = (this.#words[at] ?? 0) | (words[at] ?? 0);
  }

  get size(): number {
    let size = 0;
    for (const word of this.#words) size += bitsOf(word);
    return size;
  }

  #grow(words: number): void {
    const grown = new Uint32Array(Math.max(words, this.#words.length * 2));
    grown.set(this.#words);
    this.#words = grown;
  }
}

/** Bits set in a 32-bit word, by halves: Hacker's Delight, section 5-1. */
function bitsOf(word: number): number {
  let bits = word - ((word >>> 1) & 0x5555_5555);
  bits = (bits & 0x3333_3333) + ((bits >>> 2) & 0x3333_3333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}
