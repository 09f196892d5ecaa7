/** What a package is licensed under: one license, or several of which all or any hold. */
export type LicenseTerm =
  | { readonly kind: 'license'; readonly id: string; readonly exception?: string }
  | { readonly kind: 'all' | 'any'; readonly terms: readonly LicenseTerm[] };

/** Reads one operand: what stands between two operators, its words joined by a blank, and after `with`. */
export type OperandReader = (words: string, exception: string | undefined) => LicenseTerm | undefined;

export interface ExpressionSyntax {
  readonly operand: OperandReader;
  /** Words and signs for the operators, in lower case. */
  readonly all: readonly string[];
  readonly any: readonly string[];
  /** Debian's: a comma before an operator makes it bind weaker than all without. */
  readonly commas?: true;
}

const MAX_TOKENS = 400;
const MAX_DEPTH = 16;

type Operator = 'all' | 'any';
interface Join {
  readonly operator: Operator;
  readonly weak: boolean;
}

/**
 * Reads an expression; undefined when it is none, or one of its operands cannot be read. `all` binds stronger than `any`.
 * Source: SPDX specification 2.3, annex D; Debian's machine-readable copyright format 1.0, "Short name" and "Syntax".
 */
export function parseExpression(text: string, syntax: ExpressionSyntax): LicenseTerm | undefined {
  const tokens = text.replace(syntax.commas ? /[(),]/g : /[()]/g, ' $& ').match(/\S+/g) ?? [];
  if (tokens.length === 0 || tokens.length > MAX_TOKENS) return undefined;
  let at = 0;

  function sequence(depth: number): LicenseTerm | undefined {
    const operands: LicenseTerm[] = [];
    const joins: Join[] = [];
    for (;;) {
      const operand = tokens[at] === '(' ? group(depth) : single();
      if (operand === undefined) return undefined;
      operands.push(operand);
      if (at === tokens.length || tokens[at] === ')') return combined(operands, joins);
      const weak = tokens[at] === ',';
      if (weak) at += 1;
      const operator = operatorOf(tokens[at]);
      if (operator === undefined) return undefined;
      at += 1;
      joins.push({ operator, weak });
    }
  }

  function group(depth: number): LicenseTerm | undefined {
    if (depth >= MAX_DEPTH) return undefined;
    at += 1;
    const inner = sequence(depth + 1);
    if (tokens[at] !== ')') return undefined;
    at += 1;
    return inner;
  }

  function single(): LicenseTerm | undefined {
    const words = wordsUntilOperator();
    if (words === '') return undefined;
    if (tokens[at]?.toLowerCase() !== 'with') return syntax.operand(words, undefined);
    at += 1;
    const exception = wordsUntilOperator();
    return exception === '' ? undefined : syntax.operand(words, exception);
  }

  function wordsUntilOperator(): string {
    const start = at;
    for (let token = tokens[at]; token !== undefined && !isEnd(token); token = tokens[at]) at += 1;
    return tokens.slice(start, at).join(' ');
  }

  function isEnd(token: string): boolean {
    return '(),'.includes(token) || token.toLowerCase() === 'with' || operatorOf(token) !== undefined;
  }

  function operatorOf(token: string | undefined): Operator | undefined {
    const word = token?.toLowerCase() ?? '';
    if (syntax.all.includes(word)) return 'all';
    return syntax.any.includes(word) ? 'any' : undefined;
  }

  const term = sequence(0);
  return at === tokens.length ? term : undefined;
}

/** Several terms as one, without groups in groups of the same kind and without what is said twice. */
export function joined(kind: 'all' | 'any', terms: readonly LicenseTerm[]): LicenseTerm | undefined {
  const flat = terms.flatMap((term) => (term.kind === kind ? term.terms : [term]));
  const distinct = [...new Map(flat.map((term) => [formatExpression(term), term])).values()];
  return distinct.length < 2 ? distinct[0] : { kind, terms: distinct };
}

/** In the operators and order of precedence of the SPDX specification. */
export function formatExpression(term: LicenseTerm): string {
  if (term.kind === 'license')
    return term.exception === undefined ? term.id : `${term.id} WITH ${term.exception}`;
  const { kind, terms } = term;
  return terms
    .map((one) =>
      kind === 'all' && one.kind === 'any' ? `(${formatExpression(one)})` : formatExpression(one),
    )
    .join(kind === 'all' ? ' AND ' : ' OR ');
}

/** Every `LicenseRef-…` of a term. */
export function referencesOf(term: LicenseTerm): string[] {
  if (term.kind !== 'license') return [...new Set(term.terms.flatMap(referencesOf))];
  return term.id.startsWith('LicenseRef-') ? [term.id] : [];
}

/** Splits at the weakest operators there are, and what is between them again. */
function combined(operands: readonly LicenseTerm[], joins: readonly Join[]): LicenseTerm | undefined {
  const level = (
    [
      { operator: 'any', weak: true },
      { operator: 'all', weak: true },
      { operator: 'any', weak: false },
      { operator: 'all', weak: false },
    ] as const
  ).find(({ operator, weak }) => joins.some((join) => join.operator === operator && join.weak === weak));
  if (level === undefined) return operands[0];
  const parts: (LicenseTerm | undefined)[] = [];
  let start = 0;
  for (const [at, join] of joins.entries()) {
    if (join.operator !== level.operator || join.weak !== level.weak) continue;
    parts.push(combined(operands.slice(start, at + 1), joins.slice(start, at)));
    start = at + 1;
  }
  parts.push(combined(operands.slice(start), joins.slice(start)));
  return joined(
    level.operator,
    parts.filter((part) => part !== undefined),
  );
}
