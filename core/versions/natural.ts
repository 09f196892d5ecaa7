import { compareDigits } from './digits.ts';

/**
 * The order of versions that follow no rule we know: what a person expects of `1.9 < 1.10`, `1.1.1 < 1.1.1a`
 * and `2.0rc1 < 2.0`. Numbers compare as numbers of any length; `.`, `-`, `_` and `+` only separate.
 */
export function compareNatural(left: string, right: string): number {
  const a = tokens(left);
  const b = tokens(right);
  const length = Math.max(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const order = compareTokens(a[i] ?? END, b[i] ?? END);
    if (order !== 0) return order;
  }
  return 0;
}

/** Compares by UTF-16 code units: the same everywhere, unlike `localeCompare`. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** Words that announce a release, in the order in which they come before it. */
const EARLY = ['~', 'dev', 'snapshot', 'alpha', 'beta', 'pre', 'preview', 'rc'];

interface Token {
  /** Announcements come before the end, letters after it, numbers last. */
  readonly rank: 0 | 1 | 2 | 3;
  readonly text: string;
}

const END: Token = { rank: 1, text: '' };

function tokens(version: string): readonly Token[] {
  return (version.toLowerCase().match(/[0-9]+|~|[^0-9~._+-]+/g) ?? []).map((text) => {
    if (EARLY.includes(text)) return { rank: 0, text };
    return { rank: /^[0-9]/.test(text) ? 3 : 2, text };
  });
}

function compareTokens(a: Token, b: Token): number {
  if (a.rank !== b.rank) return Math.sign(a.rank - b.rank);
  if (a.rank === 0) return Math.sign(EARLY.indexOf(a.text) - EARLY.indexOf(b.text));
  return a.rank === 3 ? compareDigits(a.text, b.text) : compareText(a.text, b.text);
}
