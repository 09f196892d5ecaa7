/** Of the statement; the longest have a few lines. */
const MAX_LENGTH = 2000;
const MAX_DEPTH = 4;

const TOKEN = /^(?:"[^"\n]+"|any_of:|all_of:|one_of:|with:|=>|:\w+|[[\]{},])/;

/**
 * The license that a formula states, as an SPDX expression; undefined where it states none, or in a way not known here.
 * The file is Ruby, which is not run. Source: Homebrew's License Guidelines.
 */
export function formulaLicense(text: string): string | undefined {
  const start = /^[ \t]*license[ \t]+/m.exec(text);
  if (start === null) return undefined;
  const tokens = tokensOf(text.slice(start.index + start[0].length, start.index + MAX_LENGTH));
  let at = 0;

  function taken(token: string): boolean {
    if (tokens[at] !== token) return false;
    at += 1;
    return true;
  }

  function term(depth: number): string | undefined {
    const token = tokens[at] ?? '';
    at += 1;
    if (token === 'any_of:' || token === 'one_of:') return list(' OR ', depth);
    if (token === 'all_of:') return list(' AND ', depth);
    // `:public_domain` and `:cannot_represent` are no licenses of SPDX's.
    if (!token.startsWith('"')) return undefined;
    const id = token.slice(1, -1);
    if (!taken('=>')) return id;
    const exception = taken('{') && taken('with:') ? tokens[at] : undefined;
    at += 1;
    return exception?.startsWith('"') === true && taken('}')
      ? `${id} WITH ${exception.slice(1, -1)}`
      : undefined;
  }

  function list(operator: string, depth: number): string | undefined {
    if (depth >= MAX_DEPTH || !taken('[')) return undefined;
    const terms: string[] = [];
    while (!taken(']')) {
      // A list in a list may stand in braces.
      const isBraced = taken('{');
      const one = term(depth + 1);
      if (one === undefined || (isBraced && !taken('}'))) return undefined;
      terms.push(one);
      if (!taken(',') && tokens[at] !== ']') return undefined;
    }
    if (terms.length === 0) return undefined;
    return terms.length === 1 ? terms[0] : `(${terms.join(operator)})`;
  }

  return term(0)?.replace(/^\(([^()]*)\)$/, '$1');
}

/** Up to the first thing that belongs to no statement of a license; a line that is not continued ends it. */
function tokensOf(text: string): readonly string[] {
  const tokens: string[] = [];
  let open = 0;
  for (let at = 0; at < text.length;) {
    if (text[at] === '\n' && open === 0) break;
    if (/\s/.test(text[at] ?? '')) {
      at += 1;
      continue;
    }
    const token = TOKEN.exec(text.slice(at))?.[0];
    if (token === undefined) break;
    if (token === '[' || token === '{') open += 1;
    if (token === ']' || token === '}') open -= 1;
    tokens.push(token);
    at += token.length;
  }
  return tokens;
}
