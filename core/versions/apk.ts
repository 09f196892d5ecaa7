import { compareDigits } from './digits.ts';

/** What a piece of a version is; of two versions equal so far, the one whose next piece has the lower kind is newer. */
const KIND = {
  first: 0,
  number: 1,
  letter: 2,
  suffix: 3,
  suffixNumber: 4,
  hash: 5,
  revision: 6,
  end: 7,
  invalid: 8,
};

interface Piece {
  readonly kind: number;
  readonly text: string;
}

/** In ascending order; those before the empty one are pre-releases. */
const SUFFIXES = ['alpha', 'beta', 'pre', 'rc', '', 'cvs', 'svn', 'git', 'hg', 'p'];
const NO_SUFFIX = SUFFIXES.indexOf('');

/** How each kind is written, and the kinds it may follow. The group is what counts in comparing. */
const FORMS: readonly {
  readonly kind: number;
  readonly from: number;
  readonly to: number;
  readonly form: RegExp;
}[] = [
  { kind: KIND.number, from: KIND.first, to: KIND.number, form: /\.(\d+)/y },
  { kind: KIND.letter, from: KIND.first, to: KIND.number, form: /([a-z])/y },
  { kind: KIND.suffix, from: KIND.first, to: KIND.suffixNumber, form: /_([a-z]+)/y },
  { kind: KIND.suffixNumber, from: KIND.suffix, to: KIND.suffix, form: /(\d+)/y },
  { kind: KIND.hash, from: KIND.first, to: KIND.suffixNumber, form: /~([0-9a-f]+)/y },
  { kind: KIND.revision, from: KIND.first, to: KIND.hash, form: /-r(\d+)/y },
];

/**
 * Orders two apk versions, `number{.number}{letter}{_suffix{number}}{~hash}{-r#}`: negative, 0 or positive.
 * Never throws: text that breaks the form compares by what stands before the break.
 * Source: apk-package(5), "version"; numbers after the first that begin with 0 compare as text, as in Gentoo's order.
 */
export function compareApkVersions(a: string, b: string): number {
  const left = pieces(a);
  const right = pieces(b);
  for (;;) {
    const one = left.next().value;
    const other = right.next().value;
    if (one.kind !== other.kind) return compareKinds(one, other);
    if (one.kind >= KIND.end) return 0;
    const difference = compareTexts(one, other);
    if (difference !== 0) return difference;
  }
}

/** The longer version is the newer one, unless what it has more is a pre-release. */
function compareKinds(a: Piece, b: Piece): number {
  if (isPreRelease(a)) return -1;
  if (isPreRelease(b)) return 1;
  return b.kind - a.kind;
}

function isPreRelease(piece: Piece): boolean {
  return piece.kind === KIND.suffix && SUFFIXES.indexOf(piece.text) < NO_SUFFIX;
}

function compareTexts(a: Piece, b: Piece): number {
  if (a.kind === KIND.suffix) return SUFFIXES.indexOf(a.text) - SUFFIXES.indexOf(b.text);
  const padded = a.kind === KIND.number && (a.text.startsWith('0') || b.text.startsWith('0'));
  if (a.kind !== KIND.letter && a.kind !== KIND.hash && !padded) return compareDigits(a.text, b.text);
  if (a.text === b.text) return 0;
  return a.text < b.text ? -1 : 1;
}

/** Endless: after the last piece comes `end`, after a break in the form `invalid`. */
function* pieces(version: string): Generator<Piece, never> {
  const first = /^\d+/.exec(version)?.[0];
  let at = first?.length ?? 0;
  let last: Piece = first === undefined ? INVALID : { kind: KIND.first, text: first };
  for (;;) {
    yield last;
    if (last.kind === KIND.invalid) continue;
    if (at >= version.length) {
      last = { kind: KIND.end, text: '' };
      continue;
    }
    const next = pieceAt(version, at, last.kind);
    last = next?.piece ?? INVALID;
    at = next?.end ?? at;
  }
}

const INVALID: Piece = { kind: KIND.invalid, text: '' };

function pieceAt(version: string, at: number, after: number): { piece: Piece; end: number } | undefined {
  for (const { kind, from, to, form } of FORMS) {
    if (after < from || after > to) continue;
    form.lastIndex = at;
    const match = form.exec(version);
    if (match === null) continue;
    const text = match[1] ?? '';
    if (kind === KIND.suffix && !SUFFIXES.includes(text)) return undefined;
    return { piece: { kind, text }, end: at + match[0].length };
  }
  return undefined;
}
