const START_CAPACITY = 1024;
const MAX_LOAD = 0.6;

/** Remembers a number for each path without keeping the paths: about 20 bytes each, outside the JavaScript heap. */
export interface PathTable {
  get(path: string): number | undefined;
  set(path: string, value: number): void;
}

/**
 * A hash table of 64-bit hashes. Two paths of one hash (by chance once in millions of large layers) would be taken for
 * one. Someone may make them on purpose, in an image of their own: then that image's own listing lacks a name.
 */
export function pathTable(): PathTable {
  let capacity = START_CAPACITY;
  let count = 0;
  // Three words a slot: two of hash, then the value plus one, so that 0 is free.
  let slots = new Uint32Array(3 * capacity);
  let high = 0;
  let low = 0;

  function hash(path: string): void {
    high = 0x811c9dc5;
    low = 0x9e3779b9;
    for (let at = 0; at < path.length; at++) {
      const unit = path.charCodeAt(at);
      high = Math.imul(high ^ unit, 0x01000193);
      low = Math.imul(low ^ unit ^ (low >>> 15), 0x85ebca6b);
    }
    high = (high ^ (high >>> 16)) >>> 0;
    low = (low ^ (low >>> 13)) >>> 0;
  }

  /** Where the hash last made is, or would go. */
  function slotOf(table: Uint32Array, size: number): number {
    let slot = (high ^ low) & (size - 1);
    while (table[3 * slot + 2] !== 0 && (table[3 * slot] !== high || table[3 * slot + 1] !== low)) {
      slot = (slot + 1) & (size - 1);
    }
    return 3 * slot;
  }

  function put(table: Uint32Array, size: number, value: number): void {
    const slot = slotOf(table, size);
    table[slot] = high;
    table[slot + 1] = low;
    table[slot + 2] = value;
  }

  function grow(): void {
    const larger = new Uint32Array(6 * capacity);
    for (let slot = 0; slot < slots.length; slot += 3) {
      const value = slots[slot + 2] ?? 0;
      if (value === 0) continue;
      high = slots[slot] ?? 0;
      low = slots[slot + 1] ?? 0;
      put(larger, 2 * capacity, value);
    }
    slots = larger;
    capacity *= 2;
  }

  return {
    get(path) {
      hash(path);
      const value = slots[slotOf(slots, capacity) + 2] ?? 0;
      return value === 0 ? undefined : value - 1;
    },
    set(path, value) {
      if (count + 1 > capacity * MAX_LOAD) grow();
      hash(path);
      if (slots[slotOf(slots, capacity) + 2] === 0) count++;
      put(slots, capacity, value + 1);
    },
  };
}
