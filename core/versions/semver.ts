import { parse } from 'semver';
import type { SemVer } from 'semver';
import { compareNatural } from './natural.ts';

/**
 * The order of npm and Go module versions (Semantic Versioning 2.0.0, clause 11; build metadata does not count).
 * Accepted beyond the letter: a leading `v` or `=`, missing parts (`4.0`), and Go's own releases
 * (`1.22.1`, `1.21rc2`, `go1.20`). What is no version at all sorts below every version.
 */
export function compareSemver(left: string, right: string): number {
  const a = parseLoosely(left);
  const b = parseLoosely(right);
  if (a !== undefined && b !== undefined) return a.compare(b);
  if (a === undefined && b === undefined) return compareNatural(left, right);
  return a === undefined ? -1 : 1;
}

const SHAPE = /^[v=\s]*(?:go)?(\d+)(?:\.(\d+))?(?:\.(\d+))?([-+].*)?(?:([a-z]+)(\d*))?$/i;

/** The library's own limit, and a bound on the work for hostile text. */
const MAX_LENGTH = 256;

function parseLoosely(version: string): SemVer | undefined {
  if (version.length > MAX_LENGTH) return undefined;
  const match = SHAPE.exec(version.trim());
  if (match === null) return undefined;
  const [, major, minor = '0', patch = '0', suffix = '', word, number] = match;
  const announced = word === undefined ? '' : `-${word}${number ? `.${number}` : ''}`;
  return parse(`${major}.${minor}.${patch}${suffix}${announced}`, { loose: true }) ?? undefined;
}
