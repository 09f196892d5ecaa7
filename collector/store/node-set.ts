/** A set of small numbers, 32 to a word. */
export class NodeSet {
  #words = new Uint32Array(8);

  /** Words as `bytes` gives them. */
  static of(bytes: Uint8Array): NodeSet {
    const set = new NodeSet();
    const words = Math.floor(bytes.length / 4);
    if (words > set.#words.length) set.#words = new Uint32Array(words);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at < words; at += 1) set.#words[at] = view.getUint32(at * 4, true);
    return set;
  }

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

  /** Its words, the least byte of each first, without the empty ones at the end. */
  bytes(): Uint8Array {
    const bytes = new Uint8Array(this.#words.length * 4);
    const view = new DataView(bytes.buffer);
    let end = 0;
    for (const [at, word] of this.#words.entries()) {
      view.setUint32(at * 4, word, true);
      if (word !== 0) end = at * 4 + 4;
    }
    return bytes.subarray(0, end);
  }

  get isEmpty(): boolean {
    return this.#words.every((word) => word === 0);
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
