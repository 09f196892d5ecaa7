import type { PackageType } from '../../core/facts.ts';

/** An object, so that the compiler notices a type that is missing here. */
const known: Readonly<Record<PackageType, true>> = {
  alpm: true,
  apk: true,
  bitnami: true,
  cargo: true,
  composer: true,
  conda: true,
  cpan: true,
  cran: true,
  deb: true,
  ebuild: true,
  gem: true,
  generic: true,
  golang: true,
  luarocks: true,
  maven: true,
  nix: true,
  npm: true,
  nuget: true,
  opkg: true,
  pear: true,
  pypi: true,
  rpm: true,
  'wordpress-plugin': true,
};

export const PACKAGE_TYPES = Object.keys(known) as readonly PackageType[];
