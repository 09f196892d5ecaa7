import type { FindingRule } from './finding-rules.ts';
import type { DiffId, LayerFile } from './layer.ts';

/** Package types that tallyman knows, spelled as in the package-url specification. */
export type PackageType =
  | 'alpm'
  | 'apk'
  | 'bitnami'
  | 'brew'
  | 'cargo'
  | 'cocoapods'
  | 'composer'
  | 'conan'
  | 'conda'
  | 'cpan'
  | 'cran'
  | 'deb'
  | 'ebuild'
  | 'gem'
  | 'generic'
  | 'github'
  | 'golang'
  | 'hackage'
  | 'hex'
  | 'julia'
  | 'luarocks'
  | 'maven'
  | 'nim'
  | 'nix'
  | 'npm'
  | 'nuget'
  | 'opam'
  | 'opkg'
  | 'otp'
  | 'pear'
  | 'pub'
  | 'pypi'
  | 'rpm'
  | 'swift'
  | 'vcpkg'
  | 'wordpress-plugin';

/**
 * Why a package is not simply "installed software".
 * - `partly-installed`: its files are on disk but its database says configuration never finished.
 * - `not-software`: a database entry that installs nothing (rpm's gpg-pubkey).
 * - `database-deleted`: known only from a package database that a later layer removed.
 */
export type PackageFlag = 'partly-installed' | 'not-software' | 'database-deleted';

/** One package as its evidence states it, before the image's OS release is known. */
export interface PackageRecord {
  readonly type: PackageType;
  /** npm scope with its `@`, Go module path up to the last slash. Absent for OS packages: theirs is the distribution, known only when merged. */
  readonly namespace?: string;
  readonly name: string;
  /** As the ecosystem writes it: deb with epoch, rpm as `version-release` without epoch, Go with its `v`. Empty when unknown. */
  readonly version: string;
  /** rpm only. Absent is not the same as 0. */
  readonly epoch?: number;
  readonly architecture?: string;
  readonly source?: { readonly name: string; readonly version?: string };
  /** rpm only: the module build it came from, `name:stream:version:context`. Advisories differ by module stream. */
  readonly modularity?: string;
  /** Declared text, untouched. */
  readonly licenses?: readonly string[];
  readonly vendor?: string;
  /** `application`: the image's own program (a root package.json, a Go main module), not something it depends on. */
  readonly role?: 'application';
  readonly flags?: readonly PackageFlag[];
  /** Names of direct dependencies, as declared. */
  readonly dependencies?: readonly string[];
  /**
   * Hex digest of the whole file, of one whose content states too little to be looked up by name
   * (a jar without coordinates).
   */
  readonly sha1?: string;
  /** Where in the candidate it was found, when that is an archive: `WEB-INF/lib/x.jar`, further ones after `!/`. */
  readonly inside?: string;
  /** OS packages whose evidence itself says which distribution they were built for; the image's release otherwise. */
  readonly distribution?: { readonly id: string; readonly version?: string };
  /** Qualifiers that its purl has besides the general ones, such as a gem's `platform`; keys as in a canonical purl. */
  readonly qualifiers?: Readonly<Record<string, string>>;
}

/** Files that a package says are its own. Paths as in `LayerEntry.path`. */
export interface FileClaim {
  /** Package name as in `PackageRecord.name` (npm: with its scope). */
  readonly owner: string;
  readonly files: readonly string[];
  /** Folders of which all is its own. From those, programs known by their text alone yield no second package. */
  readonly folders?: readonly string[];
}

/** The fields of os-release(5) that matter. */
export interface OsRelease {
  readonly id: string;
  readonly idLike: readonly string[];
  readonly versionId?: string;
  readonly versionCodename?: string;
  readonly prettyName?: string;
  readonly variantId?: string;
  readonly cpeName?: string;
}

/** What the build system of a product says of the layer that it made. */
export interface ProductBuild {
  /** IDs of the repositories that packages came from, such as `rhel-9-for-x86_64-baseos-rpms`. */
  readonly contentSets?: readonly string[];
  /** Name, version and release of the build, with dashes between. */
  readonly nvr?: string;
  readonly architecture?: string;
  /** The product, by the platform enumeration. */
  readonly cpe?: string;
}

/** Something about a file that matters to whoever runs the image. Never holds what is secret in it. */
export interface FindingRecord {
  readonly ruleId: FindingRule;
  /** Which of what the rule looks for, such as `bash` or `openssh`. */
  readonly kind: string;
  /** What shows it, such as `mode 4755`. */
  readonly evidence?: string;
}

/** What a cataloger found in one candidate. All empty means: looked, nothing there. */
export interface FactContent {
  readonly packages?: readonly PackageRecord[];
  readonly claims?: readonly FileClaim[];
  readonly release?: OsRelease;
  readonly findings?: readonly FindingRecord[];
  /**
   * Declared licenses of the package that this file documents. They stay on the node, as claims do: the composition
   * says what became of them.
   */
  readonly licenses?: readonly string[];
  /**
   * Packages of the same database, as `name:architecture` or by name in any, of which this says all there is.
   * Stays on the node likewise.
   */
  readonly supersedes?: readonly string[];
  /** Of the layer. Stays on the node likewise. */
  readonly build?: ProductBuild;
  /** Set when a cap cut the reading short; what was read before it is kept. The text says which cap. */
  readonly truncated?: string;
}

/** What one cataloger says of one candidate path: found, nothing, or why not. */
export interface Fact extends FactContent {
  readonly path: string;
  /** `error`: the file could not be read or parsed; `message` says why. */
  readonly status: 'found' | 'nothing' | 'error';
  readonly message?: string;
}

/** All that one cataloger said of one layer. Key: diff ID x cataloger x version. */
export interface CatalogerFacts {
  readonly diffId: DiffId;
  readonly cataloger: string;
  readonly version: number;
  readonly facts: readonly Fact[];
}

/** Which names a cataloger wants to see. Cheap: it is asked for every name of every layer. */
export interface CandidateRule {
  /** Exact last segments, such as `status`. */
  readonly basenames?: readonly string[];
  /** Endings of the last segment, such as `.list`. The empty string is an ending of every name. */
  readonly suffixes?: readonly string[];
  /** Beginnings of the last segment, up to its first digit or dot, such as `libssl` for libssl.so.3. */
  readonly stems?: readonly string[];
  /** True: every regular file with an execute bit that is not text by its name. */
  readonly executables?: boolean;
  /** Permission bits of which a file must have at least one: others are not handed over, and leave no fact. */
  readonly modes?: number;
  /** Decides on the whole path, once one of the above matched. */
  accepts(path: string): boolean;
}

/**
 * Reads one kind of evidence. Pure: bytes in, records out.
 * `parse` may throw; the caller turns it into an `error` fact and goes on.
 */
export interface Cataloger {
  /** Lower-case, stable; part of the key of stored facts. */
  readonly id: string;
  /** Raised whenever the output for some input changes. */
  readonly version: number;
  readonly candidates: CandidateRule;
  /** Names of files that may lie beside a candidate and are read with it, such as a database's write-ahead log. */
  companions?(path: string): readonly string[];
  parse(file: LayerFile): FactContent;
}
