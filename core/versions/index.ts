import type { PackageType } from '../facts.ts';
import { compareApkVersions } from './apk.ts';
import { compareComposerVersions } from './composer.ts';
import { compareDebVersions } from './deb.ts';
import { compareGemVersions } from './gem.ts';
import { compareMavenVersions } from './maven.ts';
import { compareNatural } from './natural.ts';
import { compareNugetVersions } from './nuget.ts';
import { comparePypiVersions } from './pypi.ts';
import { compareRpmVersions } from './rpm.ts';
import { compareSemver } from './semver.ts';

/** Negative, zero or positive, as `Array.sort` wants it. Never throws: any two texts have an order. */
export type VersionOrder = (left: string, right: string) => number;

/** Types with an order of their own; all others go by natural order. */
const ORDERS: Readonly<Partial<Record<PackageType, VersionOrder>>> = {
  apk: compareApkVersions,
  cargo: compareSemver,
  composer: compareComposerVersions,
  deb: compareDebVersions,
  gem: compareGemVersions,
  golang: compareSemver,
  hex: compareSemver,
  maven: compareMavenVersions,
  npm: compareSemver,
  nuget: compareNugetVersions,
  opkg: compareDebVersions,
  pub: compareSemver,
  pypi: comparePypiVersions,
  rpm: compareRpmVersions,
  swift: compareSemver,
};

/** How an ecosystem orders its versions. rpm: `epoch:version-release`, as far as each is known. */
export function versionOrder(type: PackageType): VersionOrder {
  return ORDERS[type] ?? compareNatural;
}
