/** Which nodes are meant: names, and patterns with `*` for anything. */
export interface NodeChoice {
  /** In the order of `known`. */
  readonly nodes: readonly string[];
  /** Names and patterns that mean no node. */
  readonly unknown: readonly string[];
}

/** Chooses among the nodes that are known; no names at all mean every node of `byDefault`. */
export function chooseNodes(
  asked: readonly string[],
  known: readonly string[],
  byDefault: ReadonlySet<string>,
): NodeChoice {
  if (asked.length === 0) return { nodes: known.filter((node) => byDefault.has(node)), unknown: [] };
  const chosen = new Set<string>();
  const unknown: string[] = [];
  for (const pattern of asked) {
    const matches = matcher(pattern);
    const found = known.filter(matches);
    if (found.length === 0) unknown.push(pattern);
    for (const node of found) chosen.add(node);
  }
  return { nodes: known.filter((node) => chosen.has(node)), unknown };
}

/** Without a regular expression: a pattern of many stars must not take for ever. */
function matcher(pattern: string): (node: string) => boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return (node) => node === pattern;
  return (node) => {
    if (!node.startsWith(first)) return false;
    let at = first.length;
    for (const part of rest) {
      const found = node.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return node.length - last.length >= at && node.endsWith(last);
  };
}
