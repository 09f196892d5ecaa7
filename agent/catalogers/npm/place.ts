import { isDownload } from '../../../core/package-caches.ts';

/** What a package.json is by the place where it lies. */
export type ManifestPlace = 'dependency' | 'application';

/** Where Debian keeps Node modules; Debian's Node looks there as in a `node_modules`. */
const SYSTEM_ROOTS = ['usr/share/nodejs/', 'usr/lib/nodejs/'];

/**
 * Directories that hold copies and samples, not programs that run: documentation, tests, build output, templates,
 * caches, and the trees of other languages' package managers and of WordPress, whose packages ship a package.json as an asset.
 */
const ASIDES: ReadonlySet<string> = new Set([
  '.cache',
  '.npm',
  '.yarn',
  '__fixtures__',
  '__tests__',
  'bower_components',
  'dist',
  'dist-packages',
  'doc',
  'docs',
  'example',
  'examples',
  'fixtures',
  'gems',
  'labextensions',
  'site-packages',
  'templates',
  'test',
  'testdata',
  'tests',
  'vendor',
  'wp-content',
  'wp-includes',
]);

const TEST_DIRECTORIES: ReadonlySet<string> = new Set([
  '__fixtures__',
  '__tests__',
  'fixtures',
  'test',
  'testdata',
  'tests',
]);

/** Where Deno keeps the packages that programs run with, and what it has of one: `npm/HOST/NAME/VERSION/…`. */
const OF_DENO = /(?:^|\/)npm\/[\w-]+(?:\.[\w-]+)+\/(?:@[^/]+\/)?[^/@]+\/\d+\.\d+\.\d+[^/]*\/(.+)$/;

/** Where Corepack keeps the package managers that it runs: `corepack/v1/NAME/VERSION`. */
const OF_COREPACK = /(?:^|\/)corepack\/(?:v\d+\/)?(?:@[^/]+\/)?[^/@]+\/\d+\.\d+\.\d+[^/]*\/package\.json$/;

/** What Yarn links to from a `node_modules`, when it works as pnpm does: `.store/NAME-npm-VERSION-HASH/package`. */
const STORE = '.store';

const SYSTEM_ASIDES = [
  'dev/',
  'etc/',
  'proc/',
  'run/',
  'sys/',
  'tmp/',
  'usr/include/',
  'var/cache/',
  'var/tmp/',
];

/**
 * Tells what the package.json at `path` stands for; undefined when it is evidence of nothing.
 *
 * - In a module tree it is an installed package if it is a package's root: exactly one directory below the last
 *   `node_modules`, or two when the first is a scope. A helper such as `rxjs/ajax/package.json` lies deeper. Yarn's
 *   store and the folders of Deno and Corepack are module trees of their own.
 * - Anywhere else it is the manifest of a program of the image's own, unless some directory above it is one of those
 *   that hold copies and samples. (The manifest must then also have a name and a version.)
 *
 * Packages in the test data of an installed package, and those in package managers' caches, are not installed ones.
 */
export function manifestPlace(path: string): ManifestPlace | undefined {
  if (isDownload(path)) return undefined;
  const directories = path.split('/').slice(0, -1);
  const modules = directories.lastIndexOf('node_modules');
  if (modules < 0)
    return systemPlace(path) ?? denoPlace(path) ?? corepackPlace(path) ?? applicationPlace(path, directories);
  const below = directories.slice(modules + 1);
  if (!isPackageRoot(below) && !isInStore(below)) return undefined;
  return isTestData(directories.slice(0, modules)) ? undefined : 'dependency';
}

function denoPlace(path: string): ManifestPlace | undefined {
  return OF_DENO.exec(path)?.[1] === 'package.json' ? 'dependency' : undefined;
}

function corepackPlace(path: string): ManifestPlace | undefined {
  return OF_COREPACK.test(path) ? 'dependency' : undefined;
}

function systemPlace(path: string): ManifestPlace | undefined {
  const root = SYSTEM_ROOTS.find((prefix) => path.startsWith(prefix));
  if (root === undefined) return undefined;
  return isPackageRoot(path.slice(root.length).split('/').slice(0, -1)) ? 'dependency' : undefined;
}

function applicationPlace(path: string, directories: readonly string[]): ManifestPlace | undefined {
  if (SYSTEM_ROOTS.some((prefix) => path.startsWith(prefix)) || OF_DENO.test(path)) return undefined;
  if (SYSTEM_ASIDES.some((prefix) => path.startsWith(prefix))) return undefined;
  return directories.some((name) => ASIDES.has(name)) ? undefined : 'application';
}

function isPackageRoot(below: readonly string[]): boolean {
  const [first = '', second] = below;
  if (first.startsWith('.') || first === '') return false;
  return first.startsWith('@') ? below.length === 2 && second !== undefined : below.length === 1;
}

function isInStore([first, , last, ...deeper]: readonly string[]): boolean {
  return first === STORE && last === 'package' && deeper.length === 0;
}

/** Only inside an installed package: an image's own program may live in a directory named `test`, and a package be named so. */
function isTestData(above: readonly string[]): boolean {
  const outermost = above.indexOf('node_modules');
  if (outermost < 0) return false;
  return above.some(
    (name, i) => i > outermost + 1 && TEST_DIRECTORIES.has(name) && !isNameOfPackage(above, i),
  );
}

function isNameOfPackage(directories: readonly string[], at: number): boolean {
  const parent = directories[at - 1] ?? '';
  return parent === 'node_modules' || (parent.startsWith('@') && directories[at - 2] === 'node_modules');
}
