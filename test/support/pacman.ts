import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runTool } from './run-tool.ts';

/** One package for pacman to install. */
export interface PacmanPackage {
  readonly name: string;
  readonly version: string;
  /** Further lines of `.PKGINFO`, such as `license = MIT`. */
  readonly fields?: readonly string[];
  readonly files?: readonly string[];
  /** Symbolic links among the files, by path. */
  readonly links?: Readonly<Record<string, string>>;
}

/** Lays a package out as makepkg does, `.PKGINFO` first and then the files; gives the archive's path. */
export function buildPacmanPackage(
  folder: string,
  { name, version, fields = [], files = [], links = {} }: PacmanPackage,
): string {
  const tree = join(folder, `${name}-${version}`);
  mkdirSync(tree, { recursive: true });
  const info = [`pkgname = ${name}`, `pkgver = ${version}`, 'arch = any', ...fields];
  writeFileSync(join(tree, '.PKGINFO'), `${info.join('\n')}\n`);
  for (const path of files) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), `of ${name} ${version}`);
  }
  for (const [path, target] of Object.entries(links)) symlinkSync(target, join(tree, path));
  const tops = new Set(files.map((path) => path.split('/')[0] ?? ''));
  const owner = ['--owner=0', '--group=0', '--directory', tree];
  runTool('tar', ['--create', ...owner, '--file', `${tree}.pkg.tar`, '.PKGINFO', ...tops]);
  return `${tree}.pkg.tar`;
}

/** pacman at work in a tree; `folder` is for its settings. What it printed. Needs root. */
export function pacmanIn(root: string, folder: string, args: readonly string[]): string {
  const database = join(root, 'var/lib/pacman');
  mkdirSync(database, { recursive: true });
  const configuration = join(folder, 'pacman.conf');
  writeFileSync(
    configuration,
    '[options]\nArchitecture = auto\nSigLevel = Never\nLocalFileSigLevel = Never\n',
  );
  const places = ['--config', configuration, '--root', root, '--dbpath', database, '--logfile', '/dev/null'];
  return runTool('pacman', [...places, ...args], { env: { LC_ALL: 'C' } });
}
