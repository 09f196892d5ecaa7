import { gnuLicense } from './gnu.ts';
import { nameKey } from './names.ts';

/**
 * Short names of Debian's machine-readable copyright files that SPDX spells otherwise. `Artistic` is the text that Debian
 * ships in common-licenses, which is Perl's. Source: Debian's machine-readable copyright format 1.0, "License specification".
 */
export const DEBIAN_NAMES: Readonly<Record<string, string>> = {
  'apache-2': 'Apache-2.0',
  artistic: 'Artistic-1.0-Perl',
  'artistic-1': 'Artistic-1.0-Perl',
  'artistic-1.0': 'Artistic-1.0-Perl',
  'artistic-2': 'Artistic-2.0',
  'boost-1': 'BSL-1.0',
  'boost-1.0': 'BSL-1.0',
  'bsd-2': 'BSD-2-Clause',
  'bsd-3': 'BSD-3-Clause',
  'bsl-1': 'BSL-1.0',
  'cc0-1': 'CC0-1.0',
  cc0: 'CC0-1.0',
  cddl: 'CDDL-1.0',
  cpl: 'CPL-1.0',
  'efl-2': 'EFL-2.0',
  'epl-1': 'EPL-1.0',
  'epl-2': 'EPL-2.0',
  expat: 'MIT',
  'gfdl-niv-1.1': 'GFDL-1.1-no-invariants-only',
  'gfdl-niv-1.2': 'GFDL-1.2-no-invariants-only',
  'gfdl-niv-1.2+': 'GFDL-1.2-no-invariants-or-later',
  'gfdl-niv-1.3': 'GFDL-1.3-no-invariants-only',
  'gfdl-niv-1.3+': 'GFDL-1.3-no-invariants-or-later',
  'mpl-1': 'MPL-1.0',
  'mpl-2': 'MPL-2.0',
  'psf-2': 'PSF-2.0',
  python: 'Python-2.0',
  'python-2': 'Python-2.0',
  qpl: 'QPL-1.0',
  'wtfpl-2': 'WTFPL',
};

/**
 * Short names of Fedora from before it took up SPDX's, where they meant one license: its MIT, BSD and LGPLv2+ did not.
 * Source: fedora-license-data, "legacy abbreviations".
 */
export const FEDORA_NAMES: Readonly<Record<string, string>> = {
  'afl 3.0': 'AFL-3.0',
  agplv3: 'AGPL-3.0-only',
  'agplv3+': 'AGPL-3.0-or-later',
  'artistic 2.0': 'Artistic-2.0',
  'artistic clarified': 'ClArtistic',
  'asl 1.0': 'Apache-1.0',
  'asl 1.1': 'Apache-1.1',
  'asl 2.0': 'Apache-2.0',
  boost: 'BSL-1.0',
  cc0: 'CC0-1.0',
  cddl: 'CDDL-1.0',
  cpl: 'CPL-1.0',
  epl: 'EPL-1.0',
  'epl-2.0': 'EPL-2.0',
  'eupl 1.1': 'EUPL-1.1',
  'eupl 1.2': 'EUPL-1.2',
  gplv1: 'GPL-1.0-only',
  'gpl+': 'GPL-1.0-or-later',
  gplv2: 'GPL-2.0-only',
  'gplv2+': 'GPL-2.0-or-later',
  gplv3: 'GPL-3.0-only',
  'gplv3+': 'GPL-3.0-or-later',
  ibm: 'IPL-1.0',
  lgplv2: 'LicenseRef-LGPLv2',
  'lgplv2+': 'LicenseRef-LGPLv2-or-later',
  lgplv3: 'LGPL-3.0-only',
  'lgplv3+': 'LGPL-3.0-or-later',
  'lgplv2.1': 'LGPL-2.1-only',
  'lgplv2.1+': 'LGPL-2.1-or-later',
  'mplv1.0': 'MPL-1.0',
  'mplv1.1': 'MPL-1.1',
  'mplv2.0': 'MPL-2.0',
  ofl: 'OFL-1.1',
  'osl 3.0': 'OSL-3.0',
  'public domain': 'LicenseRef-Fedora-Public-Domain',
  qpl: 'QPL-1.0',
  'zplv2.0': 'ZPL-2.0',
  'zplv2.1': 'ZPL-2.1',
};

/** Arch Linux' own words for GNU's licenses, from before it took up SPDX's. Source: its wiki, "PKGBUILD", license. */
export const ARCH_NAMES: Readonly<Record<string, string>> = {
  agpl: 'AGPL-3.0-or-later',
  agpl3: 'AGPL-3.0-or-later',
  apache: 'Apache-2.0',
  boost: 'BSL-1.0',
  gpl: 'GPL-2.0-or-later',
  gpl2: 'GPL-2.0-only',
  gpl3: 'GPL-3.0-or-later',
  lgpl2: 'LGPL-2.0-only',
  'lgpl2.1': 'LGPL-2.1-only',
  lgpl3: 'LGPL-3.0-or-later',
  mpl2: 'MPL-2.0',
};

/** Gentoo's names of license files that SPDX spells otherwise; its BSD is the text of three clauses. */
export const GENTOO_NAMES: Readonly<Record<string, string>> = {
  bsd: 'BSD-3-Clause',
  'bsd-1': 'BSD-1-Clause',
  'bsd-2': 'BSD-2-Clause',
  'bsd-4': 'BSD-4-Clause',
  'boost-1.0': 'BSL-1.0',
  'unicode-dfs-2016': 'Unicode-DFS-2016',
};

/** Words of CPAN::Meta::Spec, "license", of version 2 and 1.4, that mean one license. */
export const CPAN_NAMES: Readonly<Record<string, string>> = {
  agpl_3: 'AGPL-3.0-only',
  apache_1_1: 'Apache-1.1',
  apache_2_0: 'Apache-2.0',
  artistic_2: 'Artistic-2.0',
  bsd: 'BSD-3-Clause',
  freebsd: 'BSD-2-Clause',
  gfdl_1_2: 'GFDL-1.2-only',
  gfdl_1_3: 'GFDL-1.3-only',
  gpl_1: 'GPL-1.0-only',
  gpl_2: 'GPL-2.0-only',
  gpl_3: 'GPL-3.0-only',
  lgpl_2_1: 'LGPL-2.1-only',
  lgpl_3_0: 'LGPL-3.0-only',
  mit: 'MIT',
  mozilla_1_0: 'MPL-1.0',
  mozilla_1_1: 'MPL-1.1',
  openssl: 'OpenSSL',
  perl: 'Artistic-1.0-Perl OR GPL-1.0-or-later',
  perl_5: 'Artistic-1.0-Perl OR GPL-1.0-or-later',
  qpl_1_0: 'QPL-1.0',
  sun: 'SISSL',
  zlib: 'Zlib',
};

/**
 * Exceptions to GNU's licenses as Debian's files name them: the first word of what stands after `with`, by the license's
 * version where there are several.
 */
export function debianException(id: string, words: string): string | undefined {
  const [first = ''] = words.toLowerCase().split(/[\s-]/);
  if (first === 'autoconf')
    return id.startsWith('GPL-3') ? 'Autoconf-exception-3.0' : 'Autoconf-exception-2.0';
  if (first === 'bison' && id.startsWith('GPL-3')) return 'Bison-exception-2.2';
  if (first === 'libtool') return 'Libtool-exception';
  if (first === 'linux') return 'Linux-syscall-note';
  if (first === 'llvm') return 'LLVM-exception';
  if (first === 'texinfo') return 'Texinfo-exception';
  if (first === 'classpath') return 'Classpath-exception-2.0';
  if (first === 'font') return 'Font-exception-2.0';
  return first === 'gcc' && id.startsWith('GPL-3') ? 'GCC-exception-3.1' : undefined;
}

/** Where a bare version of GNU's licenses means that version only, as in Debian's and Gentoo's names. */
export function exactGnu(text: string): string | undefined {
  const gnu = gnuLicense(nameKey(text));
  if (gnu === undefined) return undefined;
  return `${gnu.id}-${gnu.versions === 'or-later' ? 'or-later' : 'only'}`;
}
