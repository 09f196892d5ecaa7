import { lstatSync, statSync } from 'node:fs';
import type { EntryKind } from '../../../core/layer.ts';
import type { LayerSource } from '../layer-source.ts';
import { systemPath } from '../path-text.ts';
import { overlayAttributes, type OverlayAttributes } from './overlay-attributes.ts';
import { readPaths } from './read-paths.ts';
import { openTree } from './tree.ts';
import { walk, type FolderRules, type TreeRules } from './walk.ts';

const PLAIN: FolderRules = { kind: 'directory' };
const OPAQUE: FolderRules = { kind: 'opaque' };

/**
 * One unpacked overlayfs layer: a containerd snapshot's `fs`, Docker's `overlay2/<id>/diff`, any upperdir.
 * Source of its whiteouts and opaque folders: Documentation/filesystems/overlayfs.rst, "whiteouts and opaque directories".
 */
export function overlayDirectorySource(path: string): LayerSource {
  return {
    async scan(wanted, onFile, onError, options) {
      const rules = overlayRules(await overlayAttributes(isOfUser(path)));
      return walk(path, rules, { wanted, onFile, onError, isLive: false }, options);
    },
    read: (wanted, paths, onFile, onError, options) =>
      readPaths(path, paths, { wanted, onFile, onError, isLive: true }, options),
  };
}

/** An engine that runs without root owns the folders that it keeps layers in; what is in a layer is the image's choice. */
function isOfUser(layer: string): boolean {
  return statSync(systemPath(`${openTree(layer).root}/..`)).uid !== 0;
}

function overlayRules(attributes: OverlayAttributes): TreeRules {
  return {
    opaqueBlind: attributes.isBlind,
    folder(bytes, report) {
      const marks = attributes.ofDirectory(bytes);
      if (marks.isRedirected)
        report('was renamed by overlayfs; what it keeps from the layers below is not seen');
      if (marks.hasFileWhiteouts) return { kind: 'directory', isWhiteout: isEmptyWhiteout };
      return marks.isOpaque ? OPAQUE : PLAIN;
    },
    device: whiteoutOrOther,
  };

  function isEmptyWhiteout(bytes: string): boolean {
    return lstatSync(systemPath(bytes)).size === 0 && attributes.isFileWhiteout(bytes);
  }
}

/** A whiteout is a character device 0:0. */
function whiteoutOrOther(bytes: string): EntryKind {
  return lstatSync(systemPath(bytes)).rdev === 0 ? 'whiteout' : 'other';
}
