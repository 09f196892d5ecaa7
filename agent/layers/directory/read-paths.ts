import { startBudget } from '../budget.ts';
import type { ReadOptions } from '../layer-source.ts';
import { handOver, type Recipient } from './hand-over.ts';
import { openTree } from './tree.ts';

const FILE_STEPS = 32;

/** Hands over the files at these paths, with no walk. What is not there is passed over, so `isLive` should be true. */
export async function readPaths(
  root: string,
  paths: readonly string[],
  recipient: Recipient,
  options: ReadOptions | undefined,
): Promise<void> {
  const budget = startBudget(options);
  const tree = openTree(root);
  for (const path of paths) {
    if (budget.spend(handOver(tree, path, recipient) ? FILE_STEPS : 1)) await budget.pause();
  }
}
