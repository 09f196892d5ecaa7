import { MAX_PATH_UNITS } from '../../../core/layer-index.ts';
import { textOf } from '../path-text.ts';

/** Source: OCI image-spec, layer.md, "Whiteouts". */
const WHITEOUT = '.wh.';
const OPAQUE_MARK = '.wh..wh..opq';
/** Other names that begin so are aufs's own bookkeeping. */
const AUFS = '.wh..wh.';

/**
 * What a tar member's name means in a layer.
 * - `path`: this path; empty for the layer's root.
 * - `whiteout`: the path is deleted. `opaque`: the folder at the path hides what lies below.
 * - `ignored`: bookkeeping. `refused`: no place within the layer, for this reason.
 */
export type MemberPath =
  | { readonly is: 'path' | 'whiteout' | 'opaque'; readonly path: string }
  | { readonly is: 'ignored' }
  | { readonly is: 'refused'; readonly reason: string };

/** `name` as stored, a byte string. `./a`, `/a`, `a//b` and `a/` are tidied up; `..` is refused. */
export function memberPath(name: string): MemberPath {
  const path = normalize(name);
  if (typeof path !== 'string') return path;
  if (!path.includes(WHITEOUT)) return { is: 'path', path };
  const slash = path.lastIndexOf('/');
  const folder = slash === -1 ? '' : path.slice(0, slash);
  const base = path.slice(slash + 1);
  if (folder.startsWith(AUFS) || folder.includes(`/${AUFS}`)) return { is: 'ignored' };
  if (base === OPAQUE_MARK) return { is: 'opaque', path: folder };
  if (base === WHITEOUT || base.startsWith(AUFS)) return { is: 'ignored' };
  if (!base.startsWith(WHITEOUT)) return { is: 'path', path };
  const hidden = base.slice(WHITEOUT.length);
  if (hidden === '.' || hidden === '..') return { is: 'refused', reason: 'a whiteout of no name' };
  return { is: 'whiteout', path: path.slice(0, slash + 1) + hidden };
}

/** The path that a hard link names, or `undefined` when it names none within the layer. */
export function linkPath(name: string): string | undefined {
  const path = normalize(name);
  return typeof path === 'string' && path !== '' ? path : undefined;
}

function normalize(name: string): string | Extract<MemberPath, { is: 'refused' }> {
  if (name.includes('\0')) return { is: 'refused', reason: 'a name with a zero byte' };
  let tidy = name;
  if (/^\/|\/$|\/\/|(^|\/)\.\.?(\/|$)/.test(name)) {
    const segments = name.split('/').filter((segment) => segment !== '' && segment !== '.');
    if (segments.includes('..')) return { is: 'refused', reason: 'a name that leads out of the layer' };
    tidy = segments.join('/');
  }
  const path = textOf(tidy);
  return path.length > MAX_PATH_UNITS ? { is: 'refused', reason: 'a name that is too long' } : path;
}
