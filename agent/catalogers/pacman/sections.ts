import { linesOf } from '../package-database/text.ts';

/**
 * The lists in a file of pacman's database by name: `%NAME%` on a line, values on the lines after it, up to a blank one.
 * Of a list that comes twice the first counts. Source: alpm's database of installed packages, as pacman(8) writes it.
 */
export function parseSections(text: string): ReadonlyMap<string, readonly string[]> {
  const sections = new Map<string, string[]>();
  let values: string[] | undefined;
  for (const line of linesOf(text)) {
    const [, name] = /^%([A-Z0-9]+)%$/.exec(line) ?? [];
    if (name !== undefined) {
      values = [];
      if (!sections.has(name)) sections.set(name, values);
    } else if (line === '') values = undefined;
    else values?.push(line);
  }
  return sections;
}
