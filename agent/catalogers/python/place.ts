/** What a file of an installed Python distribution holds. */
export type EvidenceKind = 'egg' | 'metadata' | 'record' | 'installed-files';

/**
 * Tells what the file at `path` is; undefined when it is no evidence of an installed distribution.
 *
 * - `*.dist-info/METADATA`, `*.egg-info/PKG-INFO`, a `*.egg-info` that is itself the file, and the `EGG-INFO` of an
 *   unpacked egg hold its metadata. (Either name counts in either directory, as for Python's importlib.)
 * - a `*.egg` that is a file is an archive with such an `EGG-INFO`.
 * - `*.dist-info/RECORD` and `*.egg-info/installed-files.txt` list its files.
 *
 * Distributions in the test data of an installed package are not installed ones, nor is what pip renamed (`~ame`) to
 * remove it and could not.
 */
export function evidenceKind(path: string): EvidenceKind | undefined {
  const segments = path.split('/');
  const name = segments.pop() ?? '';
  const kind = kindOf(name, (segments.at(-1) ?? '').toLowerCase());
  return kind !== undefined && (isTestData(segments) || isLeftOver(name, segments)) ? undefined : kind;
}

/** True for metadata that lie in an egg's own folder, where `requires.txt` lists what the egg needs. */
export function isInEgg(path: string): boolean {
  return isEggFolder((path.split('/').at(-2) ?? '').toLowerCase());
}

function isEggFolder(name: string): boolean {
  return name.endsWith('.egg-info') || name === 'egg-info';
}

function kindOf(name: string, directory: string): EvidenceKind | undefined {
  if (name.endsWith('.egg-info')) return 'metadata';
  if (name.endsWith('.egg')) return 'egg';
  const isEgg = isEggFolder(directory);
  if (!isEgg && !directory.endsWith('.dist-info')) return undefined;
  switch (name) {
    case 'METADATA':
    case 'PKG-INFO':
      return 'metadata';
    case 'RECORD':
      return isEgg ? undefined : 'record';
    case 'installed-files.txt':
      return isEgg ? 'installed-files' : undefined;
    default:
      return undefined;
  }
}

/** Source: pip's AdjacentTempDirectory. */
function isLeftOver(name: string, directories: readonly string[]): boolean {
  return name.startsWith('~') || (directories.at(-1) ?? '').startsWith('~');
}

function isTestData(directories: readonly string[]): boolean {
  const site = directories.findIndex((name) => name === 'site-packages' || name === 'dist-packages');
  return site >= 0 && directories.slice(site + 1).some((name) => /^(?:tests?|testdata|fixtures)$/.test(name));
}
