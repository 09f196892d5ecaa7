import { gnuLicense } from './gnu.ts';

/** Longer texts are no names. */
const MAX_NAME = 200;

/**
 * What people call a license, as keys of `nameKey`. Only names that mean one license: "BSD" or "Apache" is none of them.
 * Sources: the full names on SPDX's list; the classifiers of PyPI; the lists of opensource.org.
 */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  '0BSD': ['bsd zero clause', 'zero clause bsd', '0 clause bsd'],
  'AFL-2.1': ['academic free 2.1'],
  'AFL-3.0': ['academic free 3', 'afl 3'],
  'Apache-1.1': ['apache 1.1', 'apache software 1.1'],
  'Apache-2.0': [
    'apache 2',
    'apache software 2',
    'apache2',
    'apachev2',
    'al 2',
    'asl 2',
    'asf 2',
    'apache software foundation 2',
  ],
  'Artistic-2.0': ['artistic 2'],
  'BSD-2-Clause': ['bsd 2 clause', '2 clause bsd', 'simplified bsd', 'freebsd', 'bsd 2 clause simplified'],
  'BSD-3-Clause': [
    'bsd 3 clause',
    '3 clause bsd',
    'new bsd',
    'modified bsd',
    'revised bsd',
    'bsd new',
    'bsd 3 clause new or revised',
    'bsd (3 clause)',
    'bsd (three clause)',
  ],
  'BSD-4-Clause': ['bsd 4 clause', '4 clause bsd', 'original bsd'],
  'BSL-1.0': ['boost 1', 'boost software 1', 'boost software 1 bsl 1'],
  'BlueOak-1.0.0': ['blue oak model'],
  'CC-BY-3.0': ['creative commons attribution 3', 'cc by 3'],
  'CC-BY-4.0': ['creative commons attribution 4', 'creative commons attribution 4 international', 'cc by 4'],
  'CC-BY-SA-4.0': ['creative commons attribution share alike 4', 'creative commons attribution sharealike 4'],
  'CC0-1.0': ['cc0', 'cc0 1', 'cc0 1 universal', 'cc0 1 universal public domain dedication'],
  'CDDL-1.0': ['cddl 1', 'common development and distribution 1'],
  'CDDL-1.1': ['cddl 1.1', 'common development and distribution 1.1'],
  'CPL-1.0': ['common public 1', 'cpl 1'],
  'ECL-2.0': ['educational community 2'],
  'EPL-1.0': ['eclipse public 1', 'epl 1'],
  'EPL-2.0': ['eclipse public 2', 'epl 2'],
  'EUPL-1.1': ['european union public 1.1', 'eupl 1.1'],
  'EUPL-1.2': ['european union public 1.2', 'eupl 1.2'],
  HPND: ['historical permission notice and disclaimer'],
  ISC: ['isc', 'iscl'],
  MIT: ['mit', 'expat', 'mit expat'],
  'MIT-0': ['mit no attribution', 'mit 0'],
  'MPL-1.0': ['mozilla public 1', 'mpl 1'],
  'MPL-1.1': ['mozilla public 1.1', 'mpl 1.1'],
  'MPL-2.0': ['mozilla public 2', 'mpl 2'],
  'MS-PL': ['microsoft public', 'ms pl'],
  'MulanPSL-2.0': ['mulan permissive software 2', 'mulan psl 2'],
  NCSA: ['university of illinois/ncsa open source', 'ncsa open source'],
  'OFL-1.1': ['sil open font 1.1', 'open font 1.1', 'ofl 1.1'],
  'OSL-3.0': ['open software 3', 'osl 3'],
  'PHP-3.01': ['php 3.01'],
  PostgreSQL: ['postgresql'],
  'PSF-2.0': ['python software foundation', 'python software foundation 2', 'psf 2'],
  'QPL-1.0': ['qt public', 'q public', 'qpl'],
  'UPL-1.0': ['universal permissive', 'universal permissive 1', 'upl 1'],
  Unlicense: ['unlicense', 'un'],
  W3C: ['w3c'],
  WTFPL: ['wtfpl', 'do what the fuck you want to public', 'wtfpl 2'],
  Zlib: ['zlib', 'zlib/libpng'],
  'ZPL-2.0': ['zope public 2', 'zpl 2'],
  'ZPL-2.1': ['zope public 2.1', 'zpl 2.1'],
};

const byKey: ReadonlyMap<string, string> = new Map(
  Object.entries(NAMES).flatMap(([id, keys]) => keys.map((key) => [key, id] as const)),
);

/** Pages that hold one license's text, without scheme, `www.` and ending. */
const PAGES: Readonly<Record<string, string>> = {
  'apache.org/licenses/license-2.0': 'Apache-2.0',
  'apache.org/licenses/license-1.1': 'Apache-1.1',
  'eclipse.org/legal/epl-v10': 'EPL-1.0',
  'eclipse.org/legal/epl-v20': 'EPL-2.0',
  'eclipse.org/legal/epl-2.0': 'EPL-2.0',
  'eclipse.org/org/documents/edl-v10': 'BSD-3-Clause',
  'mozilla.org/mpl/2.0': 'MPL-2.0',
  'mozilla.org/mpl/1.1': 'MPL-1.1',
  'mozilla.org/mpl/mpl-1.1': 'MPL-1.1',
  'mozilla.org/mpl/mpl-2.0': 'MPL-2.0',
  'opensource.org/licenses/apache2.0': 'Apache-2.0',
  'opensource.org/licenses/apache-2.0': 'Apache-2.0',
  'opensource.org/licenses/bsd-2-clause': 'BSD-2-Clause',
  'opensource.org/licenses/bsd-3-clause': 'BSD-3-Clause',
  'opensource.org/licenses/isc': 'ISC',
  'opensource.org/licenses/mit': 'MIT',
  'opensource.org/licenses/mit-license': 'MIT',
  'creativecommons.org/publicdomain/zero/1.0': 'CC0-1.0',
  'unlicense.org': 'Unlicense',
};

/**
 * The identifier of SPDX for what a text calls a license, be it a name in words or the address of its text. Undefined for
 * what may be several licenses, as "BSD" or a version of GNU's that says neither "only" nor "or later".
 */
export function licenseByName(text: string): string | undefined {
  if (text.length > MAX_NAME) return undefined;
  if (text.includes('://')) return licenseByAddress(text);
  const key = nameKey(text);
  const gnu = gnuLicense(key);
  if (gnu !== undefined) return gnu.versions === 'unsaid' ? undefined : `${gnu.id}-${gnu.versions}`;
  return byKey.get(key);
}

/** Lower case, without articles, "license", "version" and abbreviations in parentheses; numbers without a last `.0`. */
export function nameKey(text: string): string {
  return (
    text
      .toLowerCase()
      .replaceAll(/["',_]/g, ' ')
      // `(GPLv2+)` only says again what stands before it, `(>= 2)` does not.
      .replaceAll(/\((?!3.clause|three.clause)[^()]*[a-z][^()]*\)/g, ' ')
      .replaceAll(/\(\s*(>=\s*[\d.]+)\s*\)/g, ' $1')
      .replaceAll(/\blicen[cs]ed?\b|\bthe\b|\bunder\b/g, ' ')
      .replaceAll(/\b(?:version|ver\.?|v\.?)\s*(?=\d)/g, ' ')
      .replaceAll(/(?<=\b[al]?gpl|\bmpl|\bepl|\blgpl|\bapl)v(?=\d)/g, ' ')
      .replaceAll(/(?<=[a-z0-9])-(?=[a-z0-9])/g, ' ')
      .replaceAll(/(\d)\.0(?![.\d])/g, '$1')
      .replaceAll(/\s+/g, ' ')
      .trim()
  );
}

function licenseByAddress(text: string): string | undefined {
  const page = text
    .trim()
    .toLowerCase()
    .replace(/^https?:\/\/(?:www\.)?/, '')
    .replace(/(?:\.txt|\.html|\.php)?\/?$/, '');
  return Object.hasOwn(PAGES, page) ? PAGES[page] : undefined;
}
