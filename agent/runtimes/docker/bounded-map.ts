/** Remembers the `limit` values last used. */
export interface BoundedMap<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
}

export function boundedMap<Value>(limit: number): BoundedMap<Value> {
  // A Map keeps the order of insertion; putting a value back moves it to the end.
  const values = new Map<string, Value>();

  function set(key: string, value: Value): void {
    values.delete(key);
    values.set(key, value);
    if (values.size <= limit) return;
    const oldest = values.keys().next();
    if (!oldest.done) values.delete(oldest.value);
  }

  function get(key: string): Value | undefined {
    const value = values.get(key);
    if (value !== undefined) set(key, value);
    return value;
  }

  return { get, set };
}
