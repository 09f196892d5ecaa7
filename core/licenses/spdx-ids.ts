import { DEPRECATED_IDS, EXCEPTION_IDS, LICENSE_IDS } from './spdx-table.ts';

const licenses = byLowerCase(`${LICENSE_IDS} ${DEPRECATED_IDS}`);
const exceptions = byLowerCase(EXCEPTION_IDS);
/** `GPL-2.0` is `GPL-2.0-only` nowadays, and `GPL-2.0+` is `GPL-2.0-or-later`. */
const renamed: ReadonlySet<string> = new Set(
  DEPRECATED_IDS.split(' ').filter((id) => licenses.has(`${id}-only`.toLowerCase())),
);

/**
 * The license of SPDX's list that goes by an identifier in whatever case, as the list writes it today; a `+` for later
 * versions may follow it. Undefined when none does.
 * Source: SPDX specification 2.3, annex D ("case-insensitive"), and the list's own notes on what is deprecated.
 */
export function spdxLicense(name: string): string | undefined {
  const plus = name.endsWith('+');
  const id = licenses.get((plus ? name.slice(0, -1) : name).toLowerCase());
  if (id === undefined) return undefined;
  if (renamed.has(id)) return `${id}-${plus ? 'or-later' : 'only'}`;
  if (plus && /-(?:only|or-later)$/.test(id)) return undefined;
  return plus ? `${id}+` : id;
}

/** The exception of SPDX's list that goes by an identifier in whatever case; undefined when none does. */
export function spdxException(name: string): string | undefined {
  return exceptions.get(name.toLowerCase());
}

function byLowerCase(ids: string): ReadonlyMap<string, string> {
  return new Map(ids.split(' ').map((id) => [id.toLowerCase(), id]));
}
