import type { MergedTree } from './merged-tree.ts';

/** How often folders that links lead to may be links to folders not yet known. One round does for any real image. */
const MOST_ROUNDS = 8;

/**
 * Where paths lie once all links in them are followed, by path, in the layers up to `top`. What goes round, or on for too
 * long, is left out. The tree learns of the folders that it has to know.
 */
export function resolveFolders(
  tree: MergedTree,
  paths: Iterable<string>,
  top?: number,
): ReadonlyMap<string, string> {
  const resolved = new Map<string, string>();
  let pending: Iterable<string> = paths;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const unsure: string[] = [];
    const unknown = new Set<string>();
    for (const path of pending) {
      const real = tree.resolve(path, top);
      for (const one of real.unknown) unknown.add(one);
      if (real.unknown.length > 0) unsure.push(path);
      else if (real.path !== undefined) resolved.set(path, real.path);
    }
    if (unknown.size === 0) break;
    tree.learn(unknown);
    pending = unsure;
  }
  return resolved;
}
