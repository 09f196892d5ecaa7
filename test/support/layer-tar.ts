import { lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { getAttributeSync, listAttributesSync } from '@napi-rs/xattr';
import type { TarEntry } from '../../cli/demo/tar-writer.ts';
import { statOf } from './tree-operations.ts';

/** The ways in which tars of one layer differ. */
export interface TarStyle {
  /** Folders that hold something are left for the reader to infer. */
  readonly omitsParents: boolean;
  /** Whiteouts come after all else, instead of in their places. */
  readonly whiteoutsLast: boolean;
  /** Hides what an opaque folder hides name by name: what `below` shows there. */
  readonly namesHidden: boolean;
  readonly dotSlash: boolean;
}

/**
 * The members of a layer's tar, made of the folder that overlayfs left. `below` is what the layers below show,
 * a folder too. Source: OCI image-spec, layer.md, "Representing Changes".
 */
export function layerEntries(upper: string, below: string | undefined, style: TarStyle): TarEntry[] {
  const present: TarEntry[] = [];
  const whiteouts: TarEntry[] = [];
  const firstNames = new Map<number, string>();

  function hide(path: string): void {
    const slash = path.lastIndexOf('/') + 1;
    const entry = { path: `${path.slice(0, slash)}.wh.${path.slice(slash)}` };
    (style.whiteoutsLast ? whiteouts : present).push(entry);
  }

  function hideBelow(path: string): void {
    if (!style.namesHidden || below === undefined) {
      (style.whiteoutsLast ? whiteouts : present).push({ path: `${path}/.wh..wh..opq` });
      return;
    }
    if (statOf(join(below, path))?.isDirectory() !== true) return;
    for (const name of readdirSync(join(below, path))) {
      if (statOf(join(upper, path, name)) === undefined) hide(`${path}/${name}`);
      else if (!isOpaque(join(upper, path, name))) hideInside(`${path}/${name}`);
    }
  }

  /** A folder in an opaque one hides what was below it too. */
  function hideInside(path: string): void {
    const isInBoth = [below, upper].every(
      (tree) => tree !== undefined && statOf(join(tree, path))?.isDirectory() === true,
    );
    if (isInBoth) hideBelow(path);
  }

  function visit(path: string, stat: Stats): void {
    const mode = stat.mode & 0o7777;
    if (stat.isCharacterDevice() && stat.rdev === 0) hide(path);
    else if (stat.isDirectory()) visitFolder(path, mode);
    else if (stat.isSymbolicLink())
      present.push({ path, type: 'symlink', target: readlinkSync(join(upper, path)) });
    else if (firstNames.has(stat.ino))
      present.push({ path, type: 'hardlink', target: firstNames.get(stat.ino) ?? '' });
    else {
      firstNames.set(stat.ino, path);
      present.push({ path, mode, content: readFileSync(join(upper, path)) });
    }
  }

  function visitFolder(path: string, mode: number): void {
    const names = readdirSync(join(upper, path));
    if (path !== '' && (!style.omitsParents || names.length === 0))
      present.push({ path, type: 'directory', mode });
    if (path !== '' && isOpaque(join(upper, path))) hideBelow(path);
    for (const name of names) {
      const child = path === '' ? name : `${path}/${name}`;
      visit(child, lstatSync(join(upper, child)));
    }
  }

  visitFolder('', 0o755);
  const entries = [...present, ...whiteouts];
  return style.dotSlash ? entries.map((entry) => ({ ...entry, path: `./${entry.path}` })) : entries;
}

function isOpaque(path: string): boolean {
  if (statOf(path)?.isDirectory() !== true) return false;
  const name = 'trusted.overlay.opaque';
  return listAttributesSync(path).includes(name) && getAttributeSync(path, name)?.toString() === 'y';
}
