import { execFile } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const LIMITS = { timeout: 300_000, maxBuffer: 256 * 1024 * 1024 };

/** One package to build. */
export interface RpmToBuild {
  readonly name: string;
  readonly version?: string;
  readonly release?: string;
  readonly epoch?: number;
  readonly noarch?: boolean;
  readonly license?: string;
  readonly vendor?: string;
  /** The first package of a source only. */
  readonly modularity?: string;
  readonly provides?: readonly string[];
  readonly requires?: readonly string[];
  /** Paths with a leading slash; those with one at the end are directories. */
  readonly files?: readonly string[];
}

/** Builds packages of one source, which is named after the first, below `directory`; gives the paths of the files. */
export async function buildRpms(
  directory: string,
  [main, ...others]: readonly [RpmToBuild, ...RpmToBuild[]],
): Promise<string[]> {
  const top = join(directory, main.name);
  await mkdir(top, { recursive: true });
  const spec = join(top, `${main.name}.spec`);
  await writeFile(spec, specOf(main, others));
  const definitions = [
    `_topdir ${top}`,
    `_dbpath ${top}/database`,
    '_build_id_links none',
    '_binary_payload w0.ufdio',
    '__os_install_post %{nil}',
    '_buildhost localhost',
  ];
  await run(
    'rpmbuild',
    [...definitions.flatMap((line) => ['--define', line]), '--quiet', '-bb', spec],
    LIMITS,
  );
  const built = await readdir(join(top, 'RPMS'), { recursive: true });
  return built.filter((path) => path.endsWith('.rpm')).map((path) => join(top, 'RPMS', path));
}

function specOf(main: RpmToBuild, others: readonly RpmToBuild[]): string {
  return [
    `Name: ${main.name}`,
    ...preamble(main),
    '%description\ntext',
    ...others.flatMap((one) => [
      `%package -n ${one.name}`,
      ...preamble(one),
      `%description -n ${one.name}\ntext`,
    ]),
    '%install',
    ...installLines([main, ...others].flatMap((one) => one.files ?? [])),
    '%files',
    ...fileList(main),
    ...others.flatMap((one) => [`%files -n ${one.name}`, ...fileList(one)]),
    '',
  ].join('\n');
}

/** One process for all directories and one for all files: thousands of packages' files take a second so. */
function installLines(paths: readonly string[]): string[] {
  const quoted = (list: readonly string[]): string => list.map((path) => `"%{buildroot}${path}"`).join(' ');
  const directories = new Set(paths.map((path) => path.slice(0, path.lastIndexOf('/'))));
  const files = paths.filter((path) => !path.endsWith('/'));
  return [
    `mkdir -p %{buildroot} ${quoted([...directories])}`,
    ...(files.length === 0 ? [] : [`touch ${quoted(files)}`]),
  ];
}

function preamble(one: RpmToBuild): string[] {
  return [
    'Summary: text',
    `Version: ${one.version ?? '1.0'}`,
    `Release: ${one.release ?? '1'}`,
    `License: ${one.license ?? 'MIT'}`,
    ...(one.epoch === undefined ? [] : [`Epoch: ${one.epoch}`]),
    ...(one.vendor === undefined ? [] : [`Vendor: ${one.vendor}`]),
    ...(one.modularity === undefined ? [] : [`ModularityLabel: ${one.modularity}`]),
    ...(one.noarch === true ? ['BuildArch: noarch'] : []),
    ...(one.provides ?? []).map((capability) => `Provides: ${capability}`),
    ...(one.requires ?? []).map((capability) => `Requires: ${capability}`),
    'AutoReqProv: no',
  ];
}

function fileList({ files = [] }: RpmToBuild): string[] {
  return files.map((path) => (path.endsWith('/') ? `%dir "${path}"` : `"${path}"`));
}

/** Enters packages, or keys, into the SQLite database in `database`, without their files: no root is needed for that. */
export async function enterRpms(database: string, rpms: readonly string[]): Promise<void> {
  const options = ['--dbpath', database, '--install', '--justdb', '--nodeps', '--noscripts', '--nosignature'];
  await rpm([...options, '--force', '--ignorearch', ...rpms]);
}

export async function rpm(options: readonly string[]): Promise<string> {
  const { stdout } = await run('rpm', [...options], LIMITS);
  return stdout;
}

/** What rpm itself says is in the database in `database`, one line a package, sorted. */
export async function queryRpms(database: string, format: string, backend = 'sqlite'): Promise<string[]> {
  const query = ['--define', `_db_backend ${backend}`, '--dbpath', database, '-qa', '--qf', format];
  return (await rpm(query))
    .split('\n')
    .filter((line) => line !== '')
    .toSorted();
}
