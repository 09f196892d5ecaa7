import { MAX_NAMES } from '../package-database/dependencies.ts';
import { linesOf } from '../package-database/text.ts';

const MAX_ALTERNATIVES = 100;

/**
 * The fields of a paragraph by lower-case name. Continuation lines are joined with a newline;
 * of a field that comes twice the first counts; lines that are no field are passed over.
 * Source: deb822(5).
 */
export function parseParagraph(text: string, wanted: ReadonlySet<string>): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  let name: string | undefined;
  for (const line of linesOf(text)) {
    if (line.startsWith(' ') || line.startsWith('\t')) {
      if (name !== undefined) fields.set(name, `${fields.get(name) ?? ''}\n${line.trim()}`);
      continue;
    }
    const colon = line.indexOf(':');
    const found = line.slice(0, Math.max(0, colon)).toLowerCase();
    name = wanted.has(found) && !fields.has(found) ? found : undefined;
    if (name !== undefined) fields.set(name, line.slice(colon + 1).trim());
  }
  return fields;
}

/**
 * Names in a relationship field, one list of alternatives a comma: `a (>= 1) | b:any, c` gives `[[a, b], [c]]`.
 * Source: deb-control(5), "Depends".
 */
export function relationNames(field: string | undefined): readonly (readonly string[])[] {
  return (field ?? '')
    .split(',', MAX_NAMES + 1)
    .map((group) =>
      group
        .split('|', MAX_ALTERNATIVES)
        .flatMap((alternative) => /^\s*([A-Za-z0-9][A-Za-z0-9+.-]*)/.exec(alternative)?.[1] ?? []),
    )
    .filter((names) => names.length > 0);
}
