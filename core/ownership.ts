import type { FactRef } from './composition.ts';
import { realPath, type Marks } from './layer-marks.ts';
import type { PlacedFact } from './placed-fact.ts';

/** Catalogers whose packages are the distribution's own: their word on a file's owner counts. */
export const OS_CATALOGERS: ReadonlySet<string> = new Set([
  'apk',
  'chisel',
  'dpkg',
  'opkg',
  'pacman',
  'portage',
  'rpm',
]);

/**
 * Visible facts whose file an OS package claims. Claims are compared after following top-level links,
 * since package lists say `lib/x` where a merged-/usr image holds `usr/lib/x`.
 */
export function ownedRefs(visible: readonly PlacedFact[], marks: readonly Marks[]): FactRef[] {
  const candidates = new Map<string, FactRef[]>();
  for (const one of visible) {
    if (OS_CATALOGERS.has(one.ref.cataloger) || (one.fact.packages ?? []).length === 0) continue;
    const refs = candidates.get(one.path);
    if (refs === undefined) candidates.set(one.path, [one.ref]);
    else refs.push(one.ref);
  }
  if (candidates.size === 0) return [];
  const owned: FactRef[] = [];
  const top = topLevelResolver(marks);
  for (const { ref, fact } of visible) {
    if (!OS_CATALOGERS.has(ref.cataloger)) continue;
    for (const claim of fact.claims ?? []) {
      for (const file of claim.files) {
        const path = top(file);
        const refs = candidates.get(path);
        if (refs === undefined) continue;
        owned.push(...refs);
        candidates.delete(path);
      }
    }
  }
  return owned;
}

/** Follows the link that a path's first segment may be; each segment is looked up once. */
function topLevelResolver(marks: readonly Marks[]): (path: string) => string {
  const resolved = new Map<string, string>();
  return (path) => {
    const end = path.indexOf('/');
    if (end <= 0) return path;
    const first = path.slice(0, end);
    let real = resolved.get(first);
    if (real === undefined) {
      const probe = realPath(marks, marks.length - 1, `${first}/x`);
      real = probe.slice(0, Math.max(0, probe.length - 2));
      resolved.set(first, real);
    }
    if (real === first) return path;
    return real === '' ? path.slice(end + 1) : real + path.slice(end);
  };
}
