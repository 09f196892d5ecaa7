/**
 * Maps with at most `limit` at work at a time. After an error nothing more is begun; it is thrown once nothing
 * is at work any more.
 */
export async function mapLimited<Item, Result>(
  items: readonly Item[],
  limit: number,
  map: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const errors: unknown[] = [];
  const queue = items.entries();
  async function work(): Promise<void> {
    for (const [at, item] of queue) {
      if (errors.length > 0) return;
      try {
        results[at] = await map(item);
      } catch (error) {
        errors.push(error);
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work));
  if (errors.length > 0) throw errors[0];
  return results;
}
