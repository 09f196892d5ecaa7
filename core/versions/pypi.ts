import { compare, valid } from '@renovatebot/pep440';
import { compareText } from './natural.ts';

/**
 * The order of Python versions (PEP 440). Versions from before that rule, such as `0.1-bulbasaur`,
 * sort below all others, among themselves as setuptools used to sort them.
 */
export function comparePypiVersions(left: string, right: string): number {
  const a = left.trim();
  const b = right.trim();
  const aValid = valid(a) !== null;
  const bValid = valid(b) !== null;
  if (aValid && bValid) return Math.sign(compare(a, b));
  if (!aValid && !bValid) return compareLegacy(legacyKey(left), legacyKey(right));
  return aValid ? 1 : -1;
}

const LEGACY_WORDS: ReadonlyMap<string, string> = new Map([
  ['pre', 'c'],
  ['preview', 'c'],
  ['rc', 'c'],
  ['dev', '@'],
  ['-', 'final-'],
]);

/**
 * The sort key of setuptools before version 8 (pkg_resources.parse_version): numbers padded to eight digits,
 * words marked with `*`, words up to "final" taking away the zeros before them.
 */
function legacyKey(version: string): readonly string[] {
  const key: string[] = [];
  for (const part of [...legacyParts(version.toLowerCase()), '*final']) {
    if (part.startsWith('*')) {
      if (part < '*final') while (key.at(-1) === '*final-') key.pop();
      while (key.at(-1) === '00000000') key.pop();
    }
    key.push(part);
  }
  return key;
}

function legacyParts(version: string): readonly string[] {
  return version
    .split(/([0-9]+|[a-z]+|\.|-)/)
    .filter((part) => part !== '' && part !== '.')
    .map((part) => (/^[0-9]/.test(part) ? part.padStart(8, '0') : `*${LEGACY_WORDS.get(part) ?? part}`));
}

function compareLegacy(left: readonly string[], right: readonly string[]): number {
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i += 1) {
    const order = compareText(left[i] ?? '', right[i] ?? '');
    if (order !== 0) return order;
  }
  return Math.sign(left.length - right.length);
}
