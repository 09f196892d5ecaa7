/** Proper ancestors of a layer path, nearest the root first: `a/b/c` gives `a`, `a/b`. */
export function* ancestors(path: string): Generator<string> {
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) yield path.slice(0, at);
}

/**
 * Where a symlink found at `link` leads, as a layer path; absolute targets start at the image's root.
 * `..` above the root stays at the root, as in a chroot. Undefined for the root itself.
 */
export function linkTarget(link: string, target: string): string | undefined {
  const start = target.startsWith('/') ? [] : link.split('/').slice(0, -1);
  for (const segment of target.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') start.pop();
    else start.push(segment);
  }
  return start.length === 0 ? undefined : start.join('/');
}
