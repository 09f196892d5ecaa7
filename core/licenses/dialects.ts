import type { PackageType } from '../facts.ts';
import {
  ARCH_NAMES,
  CPAN_NAMES,
  debianException,
  DEBIAN_NAMES,
  exactGnu,
  FEDORA_NAMES,
  GENTOO_NAMES,
} from './distributions.ts';
import { infixOfGentoo } from './gentoo.ts';
import { joined, parseExpression, type ExpressionSyntax, type LicenseTerm } from './expression.ts';
import { licenseByName } from './names.ts';
import { spdxException, spdxLicense } from './spdx-ids.ts';

/** How one ecosystem writes its licenses. */
export interface Dialect {
  readonly syntax: ExpressionSyntax;
  /** What several declared licenses of a package mean together; `unsaid` where the ecosystem does not say. */
  readonly several: 'all' | 'any' | 'unsaid';
  /** Rewrites a declared text before it is read. */
  readonly prepare?: (text: string) => string;
}

const DOCUMENT_REFERENCE = /^DocumentRef-/i;
const LICENSE_REFERENCE = /^LicenseRef-[A-Za-z0-9.-]+$/;
/** One word that may be a name: what it stands for is the package's own affair. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9.+~_-]{0,60}$/;

/** With the paths of texts in common-licenses, and names such as `MIT/X11`. */
const DEBIAN_NAME = /^\/?[A-Za-z0-9][A-Za-z0-9.+~_/-]{0,80}$/;

const WORDS = { all: ['and'], any: ['or'] };
/** OpenEmbedded's, "LICENSE". */
const SIGNS = { all: ['and', '&'], any: ['or', '|'] };

function term(id: string | undefined): LicenseTerm | undefined {
  return id === undefined ? undefined : { kind: 'license', id };
}

/** What all ecosystems may write: SPDX's identifiers, or names that mean one license everywhere. */
function plainOperand(words: string, exception: string | undefined): LicenseTerm | undefined {
  if (DOCUMENT_REFERENCE.test(words)) return undefined;
  const id = LICENSE_REFERENCE.test(words) ? words : (spdxLicense(words) ?? licenseByName(words));
  if (id === undefined || exception === undefined) return term(id);
  const known = spdxException(exception);
  return known === undefined ? undefined : { kind: 'license', id, exception: known };
}

function withNames(names: Readonly<Record<string, string>>): ExpressionSyntax['operand'] {
  return (words, exception) => {
    const key = words.toLowerCase();
    const id = Object.hasOwn(names, key) ? names[key] : undefined;
    return plainOperand(id ?? words, exception);
  };
}

/** Every short name is a license by itself; those that SPDX does not know are the package's own. */
function debianOperand(words: string, exception: string | undefined): LicenseTerm | undefined {
  const name = words.toLowerCase();
  if (!DEBIAN_NAME.test(words)) return undefined;
  if (name === 'perl') return CPAN_PERL;
  const id = Object.hasOwn(DEBIAN_NAMES, name)
    ? DEBIAN_NAMES[name]
    : (spdxLicense(words) ?? (/^[al]?gpl|^gfdl-\d/.test(name) ? exactGnu(words) : undefined));
  if (exception === undefined) return term(id ?? ownLicense(words));
  const known = id === undefined ? undefined : (spdxException(exception) ?? debianException(id, exception));
  return id === undefined || known === undefined
    ? term(ownLicense(`${words} with ${exception}`))
    : { kind: 'license', id, exception: known };
}

/** Fedora's short names may be of several words; those that mean several licenses are the package's own. */
function fedoraOperand(words: string, exception: string | undefined): LicenseTerm | undefined {
  const known = withNames(FEDORA_NAMES)(words, exception);
  if (known !== undefined || !NAME.test(words)) return known;
  return term(ownLicense(exception === undefined ? words : `${words} with ${exception}`));
}

/** A `LicenseRef-…` for a name that SPDX's list lacks. */
function ownLicense(name: string): string | undefined {
  const id = name
    .replaceAll('+', '-or-later')
    .replace(/[^A-Za-z0-9.-]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return id === '' || id.length > 120 ? undefined : `LicenseRef-${id}`;
}

/** Source: Writing R Extensions, "Licensing". */
function rOperand(words: string, exception: string | undefined): LicenseTerm | undefined {
  const bsd = /^BSD_([23])_clause$/i.exec(words)?.[1];
  if (bsd !== undefined) return plainOperand(`BSD-${bsd}-Clause`, exception);
  return /^[AL]*GPL/.test(words)
    ? term(spdxLicense(words) ?? exactGnu(words))
    : plainOperand(words, exception);
}

const CPAN_PERL = joined('any', [
  { kind: 'license', id: 'Artistic-1.0-Perl' },
  { kind: 'license', id: 'GPL-1.0-or-later' },
]);

function cpanOperand(words: string, exception: string | undefined): LicenseTerm | undefined {
  if (words === 'perl_5' || words === 'perl') return CPAN_PERL;
  return withNames(CPAN_NAMES)(words, exception);
}

const general: Dialect = { syntax: { operand: plainOperand, ...WORDS }, several: 'unsaid' };
const anyOf: Dialect = { ...general, several: 'any' };

const dialects: Partial<Readonly<Record<PackageType, Dialect>>> = {
  alpm: { ...general, syntax: { operand: withNames(ARCH_NAMES), ...WORDS } },
  // Composer's and Maven's manuals and npm's say of a list that any may be chosen.
  composer: anyOf,
  cpan: { ...general, syntax: { operand: cpanOperand, ...WORDS } },
  cran: {
    several: 'unsaid',
    syntax: { operand: rOperand, all: [], any: ['|'] },
    // The file has the names that the license's text leaves open.
    prepare: (text) =>
      text
        .replace(/^(MIT|BSD_[23]_clause)\s*\+\s*file LICEN[CS]E$/i, '$1')
        .replaceAll('|', ' | ')
        .replaceAll(/\(\s*([>=]=)\s*([\d.]+)\s*\)/g, ' $1 $2')
        .replaceAll(/== ([\d.]+)/g, '$1'),
  },
  deb: { several: 'all', syntax: { operand: debianOperand, ...WORDS, commas: true } },
  ebuild: { ...general, syntax: { operand: gentooOperand, ...WORDS }, prepare: infixOfGentoo },
  maven: anyOf,
  npm: anyOf,
  opkg: {
    ...general,
    syntax: { operand: openEmbeddedOperand, ...SIGNS },
    prepare: (text) => text.replaceAll(/[&|]/g, ' $& '),
  },
  pypi: {
    ...general,
    // PyPI's classifiers name a version with its short form, which has no `+` where that version only is meant.
    prepare: (text) => (/^GNU .*\([AL]*GPLv\d\)$/.test(text) ? (exactGnu(text) ?? text) : text),
  },
  rpm: {
    ...general,
    syntax: { operand: fedoraOperand, ...WORDS },
    prepare: (text) => text.replaceAll('GPL+ or Artistic', 'GPL+ or Artistic-1.0-Perl'),
  },
};

function gentooOperand(words: string, exception: string | undefined): LicenseTerm | undefined {
  const id = Object.hasOwn(GENTOO_NAMES, words.toLowerCase()) ? GENTOO_NAMES[words.toLowerCase()] : undefined;
  const gnu = /^[AL]*GPL-\d|^FDL-\d/.test(words) ? exactGnu(words) : undefined;
  return plainOperand(id ?? gnu ?? words, exception);
}

function openEmbeddedOperand(words: string, exception: string | undefined): LicenseTerm | undefined {
  const gnu = /^[AL]*GPLv\d/.test(words) ? exactGnu(words) : undefined;
  return plainOperand(gnu ?? words, exception);
}

export function dialectOf(type: PackageType): Dialect {
  return dialects[type] ?? general;
}

/** "Or later" is no alternative. */
const OR_LATER = /\s+or\s+(?:any\s+)?(?:later|newer)(?:\s+versions?)?\b/gi;

/** What a declared text says, read as its ecosystem writes it; undefined for what is not certainly one expression. */
export function termOf(text: string, type: PackageType): LicenseTerm | undefined {
  const { syntax, prepare } = dialectOf(type);
  const plain = text.replaceAll(OR_LATER, '+');
  const prepared = prepare === undefined ? plain : prepare(plain);
  // Some names have a word in them that stands for an operator elsewhere.
  return parseExpression(prepared, syntax) ?? term(licenseByName(prepared));
}
