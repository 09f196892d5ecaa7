import { linesOf } from '../package-database/text.ts';

/** `%OPTDEPENDS%` and the like. */
const MAX_NAME_LENGTH = 32;
const MAX_SECTIONS = 1000;

/**
 * The lists in a file of pacman's database by name: `%NAME%` on a line, values on the lines after it, up to a blank one.
 * Of a list that comes twice the first counts. Source: alpm's database of installed packages, as pacman(8) writes it.
 */
export function parseSections(text: string): ReadonlyMap<string, readonly string[]> {
  const sections = new Map<string, string[]>();
  const take = sectionReader((name, value) => {
    const values = sections.get(name);
    if (values === undefined) sections.set(name, [value]);
    else values.push(value);
  });
  for (const line of linesOf(text)) take(line);
  return sections;
}

/** Takes line after line; hands over each value with the name of its list. */
export function sectionReader(onValue: (section: string, value: string) => void): (line: string) => void {
  const seen = new Set<string>();
  let section: string | undefined;
  return (line) => {
    const [, name] = line.length > MAX_NAME_LENGTH ? [] : (/^%([A-Z0-9]+)%$/.exec(line) ?? []);
    if (name !== undefined) {
      section = seen.has(name) || seen.size === MAX_SECTIONS ? undefined : name;
      if (seen.size < MAX_SECTIONS) seen.add(name);
    } else if (line === '') section = undefined;
    else if (section !== undefined) onValue(section, line);
  };
}
