import { readFileSync, realpathSync } from 'node:fs';
import { layerErrorOf } from '../layer-error.ts';
import type { LayerSource } from '../layer-source.ts';
import { closedMounts, parseMounts } from './mounts.ts';
import { readPaths } from './read-paths.ts';
import { walk, type FolderRules, type TreeRules } from './walk.ts';

const PLAIN: FolderRules = { kind: 'directory' };
const CLOSED: FolderRules = { kind: 'directory', isClosed: true };

/**
 * An unpacked root as one layer: a chroot, a mounted image, the running host. It may change while it is read.
 * Other file systems mounted in it are entered only when they are disks (see `closedMounts`).
 */
export function rootDirectorySource(path: string): LayerSource {
  return {
    async scan(wanted, onFile, onError, options) {
      return walk(path, mountRules(path), { wanted, onFile, onError, isLive: true }, options);
    },
    read: (wanted, paths, onFile, onError, options) =>
      readPaths(path, paths, { wanted, onFile, onError, isLive: true }, options),
  };
}

function mountRules(path: string): TreeRules {
  const closed = closedMounts(parseMounts(readFileSync('/proc/self/mountinfo', 'latin1')), realRoot(path));
  return {
    opaqueBlind: false,
    folder(bytes, report) {
      if (!closed.has(bytes)) return PLAIN;
      const message = closed.get(bytes);
      if (message !== undefined) report(message);
      return CLOSED;
    },
    device: () => 'other',
  };
}

function realRoot(path: string): string {
  try {
    return realpathSync.native(path, 'latin1');
  } catch (error) {
    throw layerErrorOf(error, path);
  }
}
