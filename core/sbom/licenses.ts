import parse from 'spdx-expression-parse';
import type { PackageRecord } from '../facts.ts';

/** What a package declares, as one SPDX expression where its text is one; else the text itself. */
export type DeclaredLicense =
  | { readonly kind: 'expression'; readonly expression: string }
  | { readonly kind: 'text'; readonly texts: readonly string[] };

/** Nothing is guessed: text that is no SPDX expression stays text. Undefined when nothing is declared. */
export function declaredLicense(record: PackageRecord): DeclaredLicense | undefined {
  const texts = (record.licenses ?? []).map((text) => text.trim()).filter((text) => text !== '');
  if (texts.length === 0) return undefined;
  const expressions = texts.filter(isExpression);
  if (expressions.length < texts.length) return { kind: 'text', texts };
  const joined =
    expressions.length === 1
      ? expressions
      : expressions.map((text) => (/\s/.test(text) ? `(${text})` : text));
  return { kind: 'expression', expression: joined.join(' AND ') };
}

/** SPDX specification 2.3, annex D. */
function isExpression(text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}
