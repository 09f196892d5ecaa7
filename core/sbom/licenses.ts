import parse from 'spdx-expression-parse';
import type { PackageRecord } from '../facts.ts';

/** Longer texts are prose, and parsing costs. */
const MAX_EXPRESSION = 1000;

/** One thing that a package declares about its license. */
export type DeclaredLicense =
  /** `references`: the `LicenseRef-…` in it, whose texts are the package's own. */
  | { readonly kind: 'expression'; readonly expression: string; readonly references: readonly string[] }
  | { readonly kind: 'text'; readonly text: string };

/** Nothing is guessed: text that is no SPDX expression stays text. */
export function declaredLicenses(record: Pick<PackageRecord, 'licenses'>): DeclaredLicense[] {
  const texts = (record.licenses ?? []).map((text) => text.trim()).filter((text) => text !== '');
  return [...new Set(texts)].map((text) => expressionOf(text) ?? { kind: 'text', text });
}

/** One expression for what holds together. */
export function allOf(expressions: readonly string[]): string {
  const [first = ''] = expressions;
  if (expressions.length < 2) return first;
  return expressions.map((one) => (one.includes(' ') ? `(${one})` : one)).join(' AND ');
}

/** SPDX specification 2.3, annex D. Written anew, for the parser takes `or` and `ORMIT` too. */
function expressionOf(text: string): DeclaredLicense | undefined {
  if (text.length > MAX_EXPRESSION) return undefined;
  const references = new Set<string>();
  try {
    const expression = written(parse(text), references);
    return { kind: 'expression', expression, references: [...references] };
  } catch {
    return undefined;
  }
}

function written(node: parse.Info, references: Set<string>): string {
  if ('conjunction' in node) {
    const [left, right] = [node.left, node.right].map((side) => {
      const inside = written(side, references);
      return node.conjunction === 'and' && 'conjunction' in side && side.conjunction === 'or'
        ? `(${inside})`
        : inside;
    });
    return `${left} ${node.conjunction.toUpperCase()} ${right}`;
  }
  if (node.license.startsWith('DocumentRef-')) throw new Error('names a document that is not at hand');
  if (node.license.startsWith('LicenseRef-')) references.add(node.license);
  const exception = node.exception === undefined ? '' : ` WITH ${node.exception}`;
  return `${node.license}${node.plus === true ? '+' : ''}${exception}`;
}
