import type { PackageRecord } from '../facts.ts';
import { dialectOf, termOf } from './dialects.ts';
import { formatExpression, joined, referencesOf, type LicenseTerm } from './expression.ts';

/** Longer texts are prose, and reading costs. */
const MAX_EXPRESSION = 1000;
/** Packages declare few different licenses. */
const MAX_REMEMBERED = 10_000;

/** One thing that a package declares about its license. */
export type DeclaredLicense =
  /** `text` is what was declared; `references`: the `LicenseRef-…` in the expression, which only the package knows. */
  | {
      readonly kind: 'expression';
      readonly text: string;
      readonly expression: string;
      readonly references: readonly string[];
    }
  | { readonly kind: 'text'; readonly text: string };

type Licensed = Pick<PackageRecord, 'type' | 'licenses'>;

/**
 * What a package declares, each text by itself, as an SPDX expression where it certainly is one.
 * What names no license of SPDX's list at all stays text.
 */
export function declaredLicenses(record: Licensed): DeclaredLicense[] {
  const texts = textsOf(record);
  const terms = texts.map((text) => readTerm(text, record.type));
  const areAllUnknown = terms.every((term) => term === undefined || isOwn(term));
  return texts.map((text, at) => {
    const term = terms[at];
    if (term === undefined || (areAllUnknown && !text.startsWith('LicenseRef-')))
      return { kind: 'text', text };
    return { kind: 'expression', text, expression: formatExpression(term), references: referencesOf(term) };
  });
}

/**
 * One SPDX expression for all that a package declares; undefined where that is not certain: some of it cannot be read, or
 * the package's ecosystem does not say whether several licenses hold together.
 */
export function licenseExpression(record: Licensed): string | undefined {
  const declared = declaredLicenses(record);
  const terms = textsOf(record).map((text) => readTerm(text, record.type));
  if (declared.length === 0 || declared.some(({ kind }) => kind === 'text')) return undefined;
  const { several } = dialectOf(record.type);
  const [only] = terms;
  if (terms.length === 1 && only !== undefined) return formatExpression(only);
  return several === 'unsaid' ? undefined : allTerms(several, terms);
}

/** `licenseExpression` that reads what many packages declare only once. */
export function licenseReader(): (record: Licensed) => string | undefined {
  const known = new Map<string, string | undefined>();
  return (record) => {
    if (record.licenses === undefined || record.licenses.length === 0) return undefined;
    const key = `${record.type}\0${record.licenses.join('\0')}`;
    if (known.has(key)) return known.get(key);
    const expression = licenseExpression(record);
    if (known.size < MAX_REMEMBERED) known.set(key, expression);
    return expression;
  };
}

/**
 * One expression of several, one for each of `declaredLicenses`: any of which may be chosen where the package's ecosystem
 * says so, all of which hold otherwise.
 */
export function expressionOfSeveral(type: PackageRecord['type'], expressions: readonly string[]): string {
  const [first = ''] = expressions;
  if (expressions.length < 2) return first;
  if (dialectOf(type).several === 'any') return expressions.join(' OR ');
  return expressions.map((one) => (one.includes(' OR ') ? `(${one})` : one)).join(' AND ');
}

function allTerms(kind: 'all' | 'any', terms: readonly (LicenseTerm | undefined)[]): string | undefined {
  const term = joined(
    kind,
    terms.filter((one) => one !== undefined),
  );
  return term === undefined ? undefined : formatExpression(term);
}

function readTerm(text: string, type: PackageRecord['type']): LicenseTerm | undefined {
  return text.length > MAX_EXPRESSION ? undefined : termOf(text, type);
}

function textsOf({ licenses = [] }: Licensed): readonly string[] {
  return [...new Set(licenses.map((text) => text.trim()).filter((text) => text !== ''))];
}

/** True when none of SPDX's licenses is in it. */
function isOwn(term: LicenseTerm): boolean {
  return term.kind === 'license' ? term.id.startsWith('LicenseRef-') : term.terms.every(isOwn);
}
