import type { FileClaim, PackageRecord } from '../../../core/facts.ts';

/** Kinds of files that a package brings to where the program runs; others were only needed to compile. */
const ASSETS = ['runtime', 'native', 'runtimeTargets', 'resources'];

/** What a package has instead of files for targets that need none. */
const PLACEHOLDER = '/_._';

const RUNTIME_PACK = 'runtimepack.';

/** The path of a shared framework's own list, such as `shared/Microsoft.NETCore.App/8.0.1/Microsoft.NETCore.App.deps.json`. */
const FRAMEWORK = /(?:^|\/)shared\/([^/]+)\/(\d[^/]*)\/\1\.deps\.json$/;

/** Kinds of files that lie beside the list when published, whatever folder of the package they are from. */
const BESIDE = ['runtime', 'native'];

/** What a list says: packages, and which files beside it each has. */
export interface Deps {
  readonly packages: readonly PackageRecord[];
  readonly claims: readonly FileClaim[];
}

interface Library {
  readonly kind: 'package' | 'project';
  readonly name: string;
  readonly version: string;
  readonly dependencies: readonly string[];
}

/**
 * Reads the list of what a program was published with: its projects are the application, and packages count when they
 * bring files for the target that it runs on. The shared frameworks list themselves likewise, and are packages by the
 * name and version of their directory, too.
 *
 * A list for .NET Standard lies beside a library that was built, not published: nothing runs by it, and the packages
 * in it are not there. Throws when this is no such list.
 * Source: .NET's runtime-configuration-file.md, "[appname].deps.json".
 */
export function readDeps(text: string, path: string): Deps {
  const list: unknown = JSON.parse(text);
  const libraries = member(list, 'libraries');
  if (libraries === undefined) throw new Error('the list has no libraries');
  const name =
    stringMember(member(list, 'runtimeTarget'), 'name') ?? stringMember(list, 'runtimeTarget') ?? '';
  const target = member(member(list, 'targets'), name);
  const isStandard = name.startsWith('.NETStandard,');
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const records: PackageRecord[] = [];
  const claims: FileClaim[] = [];
  for (const [key, library] of Object.entries(libraries)) {
    const inTarget = target && member(target, key);
    const found = libraryOf(key, library, inTarget);
    if (found === undefined || (found.kind === 'package' && (isStandard || !isDeployed(target, key))))
      continue;
    records.push(recordOf(found));
    const files = filesOf(inTarget).map((file) => folder + file);
    if (files.length > 0) claims.push({ owner: found.name, files });
  }
  return { packages: [...frameworkOf(path, records), ...records], claims };
}

/** Files of a library by where they lie from the list. */
function filesOf(inTarget: object | undefined): string[] {
  const beside = BESIDE.flatMap((kind) => Object.keys(member(inTarget, kind) ?? {}));
  const bySystem = Object.keys(member(inTarget, 'runtimeTargets') ?? {});
  return [...beside.map((path) => path.slice(path.lastIndexOf('/') + 1)), ...bySystem];
}

function libraryOf(key: string, library: unknown, inTarget: object | undefined): Library | undefined {
  const type = stringMember(library, 'type')?.toLowerCase();
  const [, name = '', version = ''] = /^([\p{L}\p{N}._+-]{1,200})\/(\d[\w.+-]{0,127})$/u.exec(key) ?? [];
  if (name === '') return undefined;
  const dependencies = Object.keys(member(inTarget, 'dependencies') ?? {}).map(withoutPrefix);
  if (type === 'project') return { kind: 'project', name, version, dependencies };
  if (type === 'package') return { kind: 'package', name, version, dependencies };
  if (type === 'runtimepack') return { kind: 'package', name: withoutPrefix(name), version, dependencies };
  return undefined;
}

/** Without any target to tell, everything counts. */
function isDeployed(target: object | undefined, key: string): boolean {
  if (target === undefined) return true;
  const assets = ASSETS.flatMap((kind) => Object.keys(member(member(target, key), kind) ?? {}));
  return assets.some((path) => !path.endsWith(PLACEHOLDER));
}

function recordOf({ kind, name, version, dependencies }: Library): PackageRecord {
  return {
    type: 'nuget',
    name,
    version,
    ...(kind === 'project' && { role: 'application' as const }),
    ...(dependencies.length > 0 && { dependencies }),
  };
}

/** Unless it lists itself under its own name. */
function frameworkOf(path: string, listed: readonly PackageRecord[]): readonly PackageRecord[] {
  const [, name = '', version = ''] = FRAMEWORK.exec(path) ?? [];
  if (name === '' || listed.some((one) => one.name === name)) return [];
  const dependencies = listed.map((one) => one.name);
  return [{ type: 'nuget', name, version, ...(dependencies.length > 0 && { dependencies }) }];
}

function withoutPrefix(name: string): string {
  return name.startsWith(RUNTIME_PACK) ? name.slice(RUNTIME_PACK.length) : name;
}

/** The object under a key; undefined when there is none. */
function member(value: unknown, key: string): object | undefined {
  const found = own(value, key);
  return typeof found === 'object' && found !== null && !Array.isArray(found) ? found : undefined;
}

function stringMember(value: unknown, key: string): string | undefined {
  const found = own(value, key);
  return typeof found === 'string' ? found : undefined;
}

function own(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}
