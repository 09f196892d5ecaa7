/** A list that has something in it; undefined otherwise, as records with optional fields want it. */
export function filled<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list;
}
