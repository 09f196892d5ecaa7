import type { OsRelease } from '../../../core/facts.ts';
import { present } from '../package-database/present.ts';

/**
 * Reads the text of an os-release file; undefined when it assigns nothing.
 * Lines that are no assignment are passed over, the last of several assignments counts, `ID` is `linux` when absent.
 * Source: os-release(5).
 */
export function parseOsRelease(text: string): OsRelease | undefined {
  const values = assignmentsOf(text);
  if (values.size === 0) return undefined;
  const get = (name: string): string | undefined => values.get(name) || undefined;
  return {
    id: get('ID') ?? 'linux',
    idLike: (get('ID_LIKE') ?? '').split(/\s+/).filter((id) => id !== ''),
    ...present({
      versionId: get('VERSION_ID'),
      versionCodename: get('VERSION_CODENAME'),
      prettyName: get('PRETTY_NAME'),
      variantId: get('VARIANT_ID'),
      cpeName: get('CPE_NAME'),
    }),
  };
}

/** What lines like a shell's assign: the last to a name. */
export function assignmentsOf(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^\s*([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(line);
    if (match === null) continue;
    values.set(match[1] ?? '', unquote((match[2] ?? '').trimStart()));
  }
  return values;
}

/** Removes quotes, escapes, a comment and blanks at the end as a POSIX shell would, without expanding anything. */
function unquote(value: string): string {
  let text = '';
  let end = 0;
  let quote = '';
  for (let at = 0; at < value.length; at += 1) {
    const character = value[at] ?? '';
    // After a blank that counts as one, a comment begins; elsewhere it is a character like others.
    if (quote === '' && character === '#' && text.length > end) break;
    if (character === quote) quote = '';
    else if (quote === '' && (character === '"' || character === "'")) quote = character;
    else if (character === '\\' && isEscape(value[at + 1], quote)) text += value[(at += 1)] ?? '';
    else if (quote === '' && /\s/.test(character)) {
      text += character;
      continue;
    } else text += character;
    end = text.length;
  }
  return text.slice(0, end);
}

/** In double quotes a backslash is one itself, unless before a character that is special there. */
function isEscape(next: string | undefined, quote: string): boolean {
  if (next === undefined || quote === "'") return false;
  return quote === '' || '$`"\\'.includes(next);
}
