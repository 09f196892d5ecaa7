/** GNU's licenses by the words that tell them apart. */
const FAMILIES: readonly (readonly [pattern: RegExp, id: string, versions: readonly string[]])[] = [
  [/^(?:gnu )?(?:affero (?:gnu )?general public|affero (?:gnu )?gpl|agpl)/, 'AGPL', ['3']],
  [
    /^(?:gnu )?(?:(?:lesser|library)(?: or (?:lesser|library))? (?:gnu )?(?:general public|gpl)|lgpl)/,
    'LGPL',
    ['2', '2.1', '3'],
  ],
  [/^(?:gnu )?(?:free documentation|gfdl|fdl)/, 'GFDL', ['1.1', '1.2', '1.3']],
  [/^(?:gnu )?(?:general public|gpl)/, 'GPL', ['1', '2', '3']],
];

/** How people say which versions: in words, or in signs before or after the number. */
const VERSIONS =
  /^ ?(>= ?)?(\d(?:\.\d)?) ?(\+|only|or(?: any)? (?:later|newer|greater|above|higher)(?: versions?)?|and (?:later|newer|above)|,? any later version)?$/;

/** A license of GNU as a key of `nameKey` names it. */
export interface GnuLicense {
  /** Identifier of SPDX without `-only` or `-or-later`, such as `LGPL-2.1`. */
  readonly id: string;
  /** `unsaid`: only the version's number is given, which many write who mean "or later". */
  readonly versions: 'only' | 'or-later' | 'unsaid';
}

export function gnuLicense(key: string): GnuLicense | undefined {
  for (const [pattern, family, versions] of FAMILIES) {
    const name = pattern.exec(key)?.[0];
    if (name === undefined) continue;
    const match = VERSIONS.exec(key.slice(name.length).replace(/^-/, ' '));
    const [, least, number = '', words] = match ?? [];
    if (!versions.includes(number)) return undefined;
    return {
      id: `${family}-${number.includes('.') ? number : `${number}.0`}`,
      versions: versionsOf(least, words),
    };
  }
  return undefined;
}

function versionsOf(least: string | undefined, words: string | undefined): GnuLicense['versions'] {
  if (words === 'only') return 'only';
  return least !== undefined || words !== undefined ? 'or-later' : 'unsaid';
}
