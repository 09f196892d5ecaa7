import { opendir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Names in a tree with its root, following no symlink: as many as there are inodes, but for files of several names, which count
 * with each. Unreadable folders count as one.
 */
export async function countNames(root: string, signal: AbortSignal): Promise<number> {
  let names = 0;
  const waiting = [root];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    signal.throwIfAborted();
    names += 1;
    const entries = await opendir(folder, { bufferSize: 512 }).catch(() => undefined);
    if (entries === undefined) continue;
    for await (const entry of entries) {
      if (entry.isDirectory()) waiting.push(join(folder, entry.name));
      else names += 1;
    }
  }
  return names;
}
