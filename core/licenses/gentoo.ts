const MAX_DEPTH = 16;

/**
 * Gentoo's way to write licenses with operators between them: names one after the other all hold, of those in `|| ( … )`
 * any. Unchanged where there are conditions, which say nothing of what was built.
 * Source: Package Manager Specification, "Dependency specification format".
 */
export function infixOfGentoo(text: string): string {
  const tokens = text.split(/\s+/).filter((token) => token !== '');
  let at = 0;

  function group(operator: string, depth: number): string | undefined {
    const terms: string[] = [];
    for (; at < tokens.length && tokens[at] !== ')'; at += 1) {
      const token = tokens[at] ?? '';
      const isChoice = token === '||';
      if (isChoice) at += 1;
      if (tokens[at] !== '(') {
        if (isChoice || token.endsWith('?')) return undefined;
        terms.push(token);
        continue;
      }
      at += 1;
      const inner = depth < MAX_DEPTH ? group(isChoice ? ' or ' : ' and ', depth + 1) : undefined;
      if (inner === undefined || tokens[at] !== ')') return undefined;
      terms.push(`( ${inner} )`);
    }
    return terms.length === 0 ? undefined : terms.join(operator);
  }

  const infix = group(' and ', 0);
  return infix === undefined || at < tokens.length ? text : infix;
}
