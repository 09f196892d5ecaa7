import { compareDigits } from './digits.ts';
import { compareNatural, compareText } from './natural.ts';

/**
 * Orders two NuGet versions, `1.2[.3[.4]][-label.label][+metadata]`: negative, 0 or positive.
 * Missing numbers are 0, letter case does not count, nor do metadata. What is no version sorts below every version.
 * Source: NuGet's "Package versioning" and Semantic Versioning 2.0.0, clause 11, from which NuGet differs in the fourth
 * number, leading zeros and letter case.
 */
export function compareNugetVersions(left: string, right: string): number {
  const a = parse(left);
  const b = parse(right);
  if (a === undefined && b === undefined) return compareNatural(left, right);
  if (a === undefined || b === undefined) return a === undefined ? -1 : 1;
  for (let at = 0; at < MAX_NUMBERS; at += 1) {
    const order = compareDigits(a.numbers[at] ?? '', b.numbers[at] ?? '');
    if (order !== 0) return order;
  }
  return compareLabels(a.labels, b.labels);
}

const MAX_NUMBERS = 4;
const SHAPE = /^v?(\d+(?:\.\d+){0,3})(?:-([0-9a-z.-]+))?(?:\+.*)?$/;

interface NugetVersion {
  readonly numbers: readonly string[];
  /** None in a release. */
  readonly labels: readonly string[];
}

function parse(version: string): NugetVersion | undefined {
  const match = SHAPE.exec(version.trim().toLowerCase());
  if (match === null) return undefined;
  const [, numbers = '', labels] = match;
  return { numbers: numbers.split('.'), labels: labels === undefined ? [] : labels.split('.') };
}

function compareLabels(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return Math.sign(b.length - a.length);
  for (let at = 0; at < Math.min(a.length, b.length); at += 1) {
    const order = compareLabel(a[at] ?? '', b[at] ?? '');
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Numbers come before words. */
function compareLabel(a: string, b: string): number {
  const aIsNumber = /^\d+$/.test(a);
  const bIsNumber = /^\d+$/.test(b);
  if (aIsNumber && bIsNumber) return compareDigits(a, b);
  if (aIsNumber !== bIsNumber) return aIsNumber ? -1 : 1;
  return compareText(a, b);
}
