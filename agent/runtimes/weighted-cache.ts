/** Remembers the values last used, up to a total weight. */
export interface WeightedCache<Value> {
  get(key: string): Value | undefined;
  /** A value heavier than the whole cache is not kept. */
  set(key: string, value: Value, weight?: number): void;
}

export function weightedCache<Value>(limit: number): WeightedCache<Value> {
  // A Map keeps the order of insertion; putting a value back moves it to the end.
  const entries = new Map<string, { readonly value: Value; readonly weight: number }>();
  let total = 0;

  function remove(key: string): void {
    total -= entries.get(key)?.weight ?? 0;
    entries.delete(key);
  }

  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      entries.set(key, entry);
      return entry.value;
    },
    set(key, value, weight = 1) {
      remove(key);
      entries.set(key, { value, weight });
      total += weight;
      for (const oldest of entries.keys()) {
        if (total <= limit) return;
        remove(oldest);
      }
    },
  };
}
