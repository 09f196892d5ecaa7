import type { PackageType } from './facts.ts';

/** An object, so that the compiler notices a type that is missing here. */
const known: Readonly<Record<PackageType, true>> = {
  alpm: true,
  apk: true,
  bitnami: true,
  brew: true,
  cargo: true,
  cocoapods: true,
  composer: true,
  conan: true,
  conda: true,
  cpan: true,
  cran: true,
  deb: true,
  ebuild: true,
  gem: true,
  generic: true,
  github: true,
  golang: true,
  hackage: true,
  hex: true,
  julia: true,
  luarocks: true,
  maven: true,
  nim: true,
  nix: true,
  npm: true,
  nuget: true,
  opam: true,
  opkg: true,
  otp: true,
  pear: true,
  pub: true,
  pypi: true,
  rpm: true,
  swift: true,
  vcpkg: true,
  'wordpress-plugin': true,
};

/** Every package type that tallyman knows, in alphabetical order. */
export const PACKAGE_TYPES = Object.keys(known) as readonly PackageType[];
