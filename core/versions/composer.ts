import { compareDigits, isDigit } from './digits.ts';
import { compareText } from './natural.ts';

/**
 * Orders two versions of Composer packages: negative, 0 or positive. They are brought into the form that Composer
 * stores them in, and that is compared as PHP compares versions. Never throws.
 * A branch (`dev-main`) is newer than every release, as Composer has it for a repository's main branch; a text that is
 * no version goes by PHP's order alone. Sources: Composer\Semver\VersionParser::normalize, PHP's version_compare.
 */
export function compareComposerVersions(left: string, right: string): number {
  const a = left.trim();
  const b = right.trim();
  const branches = Number(isBranch(a)) - Number(isBranch(b));
  if (branches !== 0) return branches;
  return isBranch(a) ? compareText(a, b) : comparePhp(normalized(a), normalized(b));
}

/** Hostile text is not taken apart by patterns with many repetitions. */
const MAX_LENGTH = 256;
/** Composer's number for "any", in `2.x-dev`. */
const ANY = '9999999';

const STABILITY = String.raw`[._-]?(?:(stable|beta|b|rc|alpha|a|patch|pl|p)((?:[.-]?\d)*))?([.-]?dev)?`;
const CLASSIC = new RegExp(String.raw`^v?(\d{1,5})(\.\d+)?(\.\d+)?(\.\d+)?${STABILITY}$`, 'i');
const DATED = new RegExp(String.raw`^v?(\d{4}(?:[.:-]?\d{2}){1,6}(?:[.:-]?\d{1,3}){0,2})${STABILITY}$`, 'i');
const BRANCH_OF_NUMBERS = /^v?(\d+)(\.(?:\d+|[x*]))?(\.(?:\d+|[x*]))?(\.(?:\d+|[x*]))?[.-]?dev$/i;

function isBranch(version: string): boolean {
  return /^dev-/i.test(version) || /^(?:master|trunk|default)$/i.test(version);
}

function normalized(version: string): string {
  if (version.length > MAX_LENGTH) return version;
  const text = version
    .replace(/ as .*$/, '')
    .replace(/@\w+$/, '')
    .replace(/\+\S*$/, '');
  const classic = CLASSIC.exec(text);
  if (classic !== null) {
    const [, major, minor = '.0', patch = '.0', fourth = '.0', ...stability] = classic;
    return `${major}${minor}${patch}${fourth}${suffix(stability)}`;
  }
  const dated = DATED.exec(text);
  if (dated !== null) {
    const [, date = '', ...stability] = dated;
    return `${date.replace(/\D/g, '.')}${suffix(stability)}`;
  }
  const branch = BRANCH_OF_NUMBERS.exec(text);
  if (branch === null) return text;
  const numbers = branch.slice(1).map((part: string | undefined) => /\d+/.exec(part ?? '')?.[0] ?? ANY);
  return `${numbers.join('.')}-dev`;
}

const LONG_FORMS: Readonly<Record<string, string>> = {
  a: 'alpha',
  b: 'beta',
  p: 'patch',
  pl: 'patch',
  rc: 'RC',
};

function suffix([word = '', number = '', dev = '']: readonly (string | undefined)[]): string {
  const short = word.toLowerCase();
  if (short === 'stable') return '';
  const stability = short === '' ? '' : `-${LONG_FORMS[short] ?? short}${number.replace(/^[.-]+/, '')}`;
  return dev === '' ? stability : `${stability}-dev`;
}

/** What words mean, by how they begin; one that is not listed comes before all of these. */
const FORMS: readonly (readonly [string, number])[] = [
  ['dev', 0],
  ['alpha', 1],
  ['a', 1],
  ['beta', 2],
  ['b', 2],
  ['RC', 3],
  ['rc', 3],
  ['pl', 5],
  ['p', 5],
];
const NUMBER = 4;

function comparePhp(left: string, right: string): number {
  const a = left.match(/[0-9]+|[a-z]+/gi) ?? [];
  const b = right.match(/[0-9]+|[a-z]+/gi) ?? [];
  const common = Math.min(a.length, b.length);
  for (let at = 0; at < common; at += 1) {
    const order = compareParts(a[at] ?? '', b[at] ?? '');
    if (order !== 0) return order;
  }
  if (a.length === b.length) return 0;
  return a.length > b.length ? weightOfMore(a[common] ?? '') : -weightOfMore(b[common] ?? '');
}

function compareParts(a: string, b: string): number {
  if (isNumber(a) && isNumber(b)) return compareDigits(a, b);
  return rank(a) - rank(b);
}

/** A further number makes a version newer; a further word only if it means more than a release. */
function weightOfMore(part: string): number {
  return isNumber(part) ? 1 : rank(part) - NUMBER;
}

function rank(part: string): number {
  if (isNumber(part)) return NUMBER;
  return FORMS.find(([form]) => part.startsWith(form))?.[1] ?? -1;
}

function isNumber(part: string): boolean {
  return isDigit(part.charCodeAt(0));
}
