import { compareDigits, isDigit } from './digits.ts';

/**
 * Orders two versions of Ruby gems: negative, 0 or positive. Runs of digits and of letters are compared one by one;
 * letters announce a release and come before it, a dash means `.pre.`, zeros before the letters or the end do not count.
 * Never throws: text that is no version still has a place. Source: Gem::Version of RubyGems.
 */
export function compareGemVersions(left: string, right: string): number {
  const a = segments(left);
  const b = segments(right);
  const length = Math.max(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const order = compareSegments(a[at] ?? '0', b[at] ?? '0');
    if (order !== 0) return order;
  }
  return 0;
}

function segments(version: string): readonly string[] {
  const all =
    version
      .trim()
      .replaceAll('-', '.pre.')
      .match(/[0-9]+|[a-z]+/gi) ?? [];
  const letters = all.findIndex((segment) => !isNumber(segment));
  if (letters < 0) return withoutZeros(all);
  return [...withoutZeros(all.slice(0, letters)), ...withoutZeros(all.slice(letters))];
}

function withoutZeros(list: readonly string[]): readonly string[] {
  let end = list.length;
  while (end > 0 && /^0+$/.test(list[end - 1] ?? '')) end -= 1;
  return list.slice(0, end);
}

function compareSegments(a: string, b: string): number {
  if (isNumber(a) !== isNumber(b)) return isNumber(a) ? 1 : -1;
  if (isNumber(a)) return compareDigits(a, b);
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function isNumber(segment: string): boolean {
  return isDigit(segment.charCodeAt(0));
}
