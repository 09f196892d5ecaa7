/** Portage's PMS, "Names and versions": numbers, a letter, suffixes, a revision. */
const VERSION = String.raw`\d+(?:\.\d+)*[a-z]?(?:_(?:alpha|beta|pre|rc|p)\d*)*(?:-r\d+)?`;
const NAME_VERSION = new RegExp(`^(.+)-(${VERSION})$`);
const ATOM = /^([<>=~]*)([A-Za-z0-9_][A-Za-z0-9+_.-]*)\/([A-Za-z0-9_][^:[*]*)/;
/** Any of, exactly one of, at most one of. */
const OFFERS: ReadonlySet<string> = new Set(['||', '^^', '??']);

/** Takes `gtk+-2.24.33-r2` apart; undefined when it ends in no version. */
export function splitNameVersion(
  text: string,
): { readonly name: string; readonly version: string } | undefined {
  const [, name, version] = NAME_VERSION.exec(text) ?? [];
  return name === undefined || version === undefined ? undefined : { name, version };
}

/**
 * `category/name` of what a dependency field asks for. Conditions on USE flags were decided when it was written;
 * of alternatives (`|| ( a b )`) the first counts; blockers (`!a`) do not.
 * Source: Package Manager Specification, "Dependency specification format".
 */
export function dependencyAtoms(field: string): readonly string[] {
  const names = new Set<string>();
  let depth = 0;
  let isOffer = false;
  /** Depth of the outermost alternatives that are being read; 0 outside of any. */
  let offer = 0;
  let isTaken = false;
  for (const word of field.split(/\s+/)) {
    if (word === '(') {
      depth += 1;
      if (isOffer && offer === 0) {
        offer = depth;
        isTaken = false;
      }
    } else if (word === ')') {
      if (depth === offer) offer = 0;
      depth -= 1;
    } else if (!OFFERS.has(word) && (offer === 0 || !isTaken)) {
      const name = nameIn(word);
      if (name === undefined) continue;
      names.add(name);
      isTaken = true;
    }
    isOffer = OFFERS.has(word);
  }
  return [...names];
}

function nameIn(atom: string): string | undefined {
  const [, operator, category, rest] = ATOM.exec(atom) ?? [];
  if (category === undefined || rest === undefined) return undefined;
  const name = operator === '' ? rest : (splitNameVersion(rest)?.name ?? rest);
  return `${category}/${name}`;
}
