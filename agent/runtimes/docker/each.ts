import { mapLimited } from '../map-limited.ts';
import { RuntimeError } from '../runtime.ts';

const AT_ONCE = 4;

/**
 * Reads a few items at a time, in order of the list. An item that is gone (`undefined`) is left out; one
 * that the engine fails on by itself is handed to `onFailed`, if there is one; any other error ends it all.
 */
export async function readEach<Item, Result>(
  items: readonly Item[],
  read: (item: Item) => Promise<Result | undefined>,
  onFailed?: (item: Item, error: RuntimeError) => Result | undefined,
): Promise<readonly Result[]> {
  const results = await mapLimited(items, AT_ONCE, async (item) => {
    try {
      return await read(item);
    } catch (error) {
      if (onFailed === undefined || !isItemsOwn(error)) throw error;
      return onFailed(item, error);
    }
  });
  return results.filter((result) => result !== undefined);
}

function isItemsOwn(error: unknown): error is RuntimeError {
  return error instanceof RuntimeError && (error.code === 'failed' || error.code === 'unsupported');
}
