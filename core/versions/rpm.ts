import { compareDigits, isDigit } from './digits.ts';

/**
 * Orders two rpm versions, `[epoch:]version[-release]`: negative, 0 or positive.
 * A missing epoch is 0; of two equal versions the one without a release comes first.
 * Source: rpm's manual, "Version comparison"; rpm-version(7).
 */
export function compareRpmVersions(a: string, b: string): number {
  const left = split(a);
  const right = split(b);
  return (
    compareSegments(left.epoch, right.epoch) ||
    compareSegments(left.version, right.version) ||
    compareReleases(left.release, right.release)
  );
}

function split(text: string): { epoch: string; version: string; release: string | undefined } {
  let colon = 0;
  while (isDigit(text.charCodeAt(colon))) colon += 1;
  const hasEpoch = text[colon] === ':';
  const dash = text.lastIndexOf('-');
  const hasRelease = dash >= colon && dash !== -1;
  return {
    epoch: hasEpoch && colon > 0 ? text.slice(0, colon) : '0',
    version: text.slice(hasEpoch ? colon + 1 : 0, hasRelease ? dash : undefined),
    release: hasRelease ? text.slice(dash + 1) : undefined,
  };
}

function compareReleases(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  return compareSegments(a, b);
}

/**
 * Compares runs of letters and runs of digits pairwise; what separates them does not matter.
 * `~` sorts before the end of the text, `^` after the end but before anything else.
 */
function compareSegments(a: string, b: string): number {
  if (a === b) return 0;
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    i = skipSeparators(a, i);
    j = skipSeparators(b, j);
    if (a[i] === '~' || b[j] === '~') {
      if (a[i] !== '~') return 1;
      if (b[j] !== '~') return -1;
      i += 1;
      j += 1;
      continue;
    }
    if (a[i] === '^' || b[j] === '^') {
      if (i >= a.length) return -1;
      if (j >= b.length) return 1;
      if (a[i] !== '^') return 1;
      if (b[j] !== '^') return -1;
      i += 1;
      j += 1;
      continue;
    }
    if (i >= a.length || j >= b.length) break;
    const isNumber = isDigit(a.charCodeAt(i));
    if (isNumber !== isDigit(b.charCodeAt(j))) return isNumber ? 1 : -1;
    const endA = endOfRun(a, i, isNumber);
    const endB = endOfRun(b, j, isNumber);
    const difference = isNumber
      ? compareDigits(a.slice(i, endA), b.slice(j, endB))
      : compareLetters(a.slice(i, endA), b.slice(j, endB));
    if (difference !== 0) return difference;
    i = endA;
    j = endB;
  }
  return Number(i < a.length) - Number(j < b.length);
}

function skipSeparators(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (isDigit(code) || isLetter(code) || code === 0x7e || code === 0x5e) break;
    at += 1;
  }
  return at;
}

function endOfRun(text: string, from: number, ofDigits: boolean): number {
  let at = from;
  while (at < text.length && (ofDigits ? isDigit : isLetter)(text.charCodeAt(at))) at += 1;
  return at;
}

function isLetter(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}

function compareLetters(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
