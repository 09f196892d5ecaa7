import type { PackageRecord } from '../../../core/facts.ts';
import type { RelationBudget } from '../package-database/dependencies.ts';
import { present } from '../package-database/present.ts';
import { damaged } from '../package-database/database-error.ts';
import type { RpmHeader } from './header.ts';
import { TAG } from './tags.ts';

/** A package with what its dependencies are resolved by. */
export interface RpmPackage {
  readonly name: string;
  readonly record: PackageRecord;
  readonly provides: readonly string[];
  readonly requires: readonly string[];
}

const FILE_TYPE = 0o170000;
const DIRECTORY = 0o040000;

/** Names in relations of all packages of a database. A workstation's have some 150,000. */
export const MAX_RELATIONS = 500_000;

/** Makes a package of a header; throws when it has no name. */
export function packageOf(header: RpmHeader, relations: RelationBudget): RpmPackage {
  const name = header.string(TAG.name);
  if (name === undefined || name === '') throw damaged('a header without a name');
  const version = header.string(TAG.version) ?? '';
  const record = rpmRecord(name, joinVersion(version, header.string(TAG.release)), {
    epoch: header.numbers(TAG.epoch)[0],
    architecture: stated(header.string(TAG.architecture)),
    sourceRpm: stated(header.string(TAG.sourceRpm)),
    modularity: stated(header.string(TAG.modularityLabel)),
    license: stated(header.string(TAG.license)),
    vendor: stated(header.string(TAG.vendor)),
  });
  return {
    name,
    record,
    provides: relations.take(() => header.strings(TAG.provideName, MAX_RELATIONS + 1)),
    requires: relations.take(() => [...new Set(header.strings(TAG.requireName, MAX_RELATIONS + 1))]),
  };
}

/** Paths of a package's files with a leading slash, without its directories, which many packages share. */
export function* filesOf(header: RpmHeader): Generator<string> {
  const modes = header.numbers(TAG.fileModes);
  const isFile = (at: number): boolean => ((modes[at] ?? 0) & FILE_TYPE) !== DIRECTORY;
  const names = header.strings(TAG.baseNames);
  const directories = header.strings(TAG.dirNames);
  const directoryOf = header.numbers(TAG.dirIndexes);
  for (const [at, name] of names.entries()) {
    const directory = directories[directoryOf[at] ?? -1];
    if (directory !== undefined && isFile(at)) yield directory + name;
  }
  if (names.length > 0) return;
  // rpm 3 wrote whole paths.
  for (const [at, path] of header.strings(TAG.oldFileNames).entries()) if (isFile(at)) yield path;
}

/** What a header or a manifest may say of a package besides its name and version. */
export interface RpmDetails {
  readonly epoch?: number | undefined;
  readonly architecture?: string | undefined;
  /** File name of the source package. */
  readonly sourceRpm?: string | undefined;
  readonly modularity?: string | undefined;
  readonly license?: string | undefined;
  readonly vendor?: string | undefined;
}

export function rpmRecord(name: string, version: string, details: RpmDetails): PackageRecord {
  const { epoch, architecture, sourceRpm, modularity, license, vendor } = details;
  return {
    type: 'rpm',
    name,
    version,
    ...present({
      epoch,
      architecture,
      source: sourceRpm === undefined ? undefined : sourceOf(sourceRpm),
      modularity,
      licenses: license === undefined ? undefined : [license],
      vendor,
      // rpm keeps the keys that it trusts as packages.
      flags: name === 'gpg-pubkey' ? (['not-software'] as const) : undefined,
    }),
  };
}

/** rpm writes `(none)` for what is not there, in text that it formats and in some headers of its own. */
export function stated(text: string | undefined): string | undefined {
  return text === undefined || text === '' || text === '(none)' ? undefined : text;
}

function joinVersion(version: string, release: string | undefined): string {
  return release === undefined || release === '' ? version : `${version}-${release}`;
}

/** `bash-5.1.8-6.el9.src.rpm` is of `bash`, version `5.1.8-6.el9`: name, version and release hold no dash but the name. */
function sourceOf(sourceRpm: string): PackageRecord['source'] {
  const stem = sourceRpm.replace(/\.(?:no)?src\.rpm$/, '');
  const match = /^(.+)-([^-]+-[^-]+)$/.exec(stem);
  return match === null ? { name: stem } : { name: match[1] ?? stem, version: match[2] ?? '' };
}
