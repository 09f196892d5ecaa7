import type { LayerSource } from '../layer-source.ts';
import { walkDifference } from './difference.ts';
import { readPaths } from './read-paths.ts';
import { walk, type FolderRules, type TreeRules } from './walk.ts';

const PLAIN: FolderRules = { kind: 'directory' };
const WHOLE_TREE: TreeRules = { opaqueBlind: false, folder: () => PLAIN, device: () => 'other' };

/**
 * A layer of which only the result is there: the whole tree with everything below it, as containerd's `native` snapshotter
 * keeps it. The layer is what differs from the tree of its parent; with no parent, all of it.
 */
export function fullDirectorySource(path: string, parent?: string): LayerSource {
  return {
    async scan(wanted, onFile, onError, options) {
      const recipient = { wanted, onFile, onError, isLive: false };
      return parent === undefined
        ? walk(path, WHOLE_TREE, recipient, options)
        : walkDifference(path, parent, recipient, options);
    },
    read: (wanted, paths, onFile, onError, options) =>
      readPaths(path, paths, { wanted, onFile, onError, isLive: true }, options),
  };
}
