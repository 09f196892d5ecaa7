import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runTool } from './run-tool.ts';

/** One Debian package to build. */
export interface DebToBuild {
  readonly name: string;
  readonly version?: string;
  readonly architecture?: string;
  readonly maintainer?: string;
  /** Further lines of its control file, such as `Source: other (1)`. */
  readonly fields?: readonly string[];
  /** Paths below the root; one file that names the package when absent. */
  readonly files?: readonly string[];
  /** Of `files`. */
  readonly configuration?: readonly string[];
  /** Maintainer scripts that fail. */
  readonly failing?: readonly ('preinst' | 'postinst' | 'postrm')[];
  /** Lines of its `triggers` file. */
  readonly triggers?: readonly string[];
}

/** Builds a package with dpkg-deb below `folder`, whose path has no colon; gives the archive's path. */
export function buildDeb(folder: string, one: DebToBuild): string {
  const { name, version = '1.0-1', architecture = 'amd64', fields = [] } = one;
  const stem = `${name}_${version.replace(':', '%')}_${architecture}`;
  const tree = join(folder, stem);
  const put = (path: string, lines: readonly string[], mode = 0o644): void => {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), `${lines.join('\n')}\n`);
    chmodSync(join(tree, path), mode);
  };
  put('DEBIAN/control', [
    `Package: ${name}`,
    `Version: ${version}`,
    `Architecture: ${architecture}`,
    `Maintainer: ${one.maintainer ?? 'Someone <someone@example.org>'}`,
    ...fields,
    'Description: text',
    ' that goes on:',
    ' .',
    ' Package: no-package',
  ]);
  const { files = [`usr/share/${name}/${architecture}`], configuration = [] } = one;
  for (const path of files) put(path, [`of ${name} ${version}`]);
  if (configuration.length > 0) {
    put(
      'DEBIAN/conffiles',
      configuration.map((path) => `/${path}`),
    );
  }
  for (const script of one.failing ?? []) put(`DEBIAN/${script}`, ['#!/bin/sh', 'exit 1'], 0o755);
  if (one.triggers !== undefined) put('DEBIAN/triggers', one.triggers);
  runTool('dpkg-deb', ['--root-owner-group', '-Znone', '--build', tree, `${tree}.deb`]);
  return `${tree}.deb`;
}

/** Lays an empty dpkg database into a tree. */
export function makeDpkgDatabase(root: string): void {
  const database = join(root, 'var/lib/dpkg');
  for (const name of ['info', 'updates', 'triggers', 'parts']) {
    mkdirSync(join(database, name), { recursive: true });
  }
  for (const name of ['status', 'available']) writeFileSync(join(database, name), '');
}

/** dpkg at work in a tree. Needs root, for it changes its own root. It must succeed unless it `mayFail`. */
export function dpkgIn(
  root: string,
  args: readonly string[],
  { input = '', mayFail = false }: { readonly input?: string; readonly mayFail?: boolean } = {},
): void {
  const all = [`--root=${root}`, '--log=/dev/null', '--force-unsafe-io', '--force-depends', ...args];
  const { status, stderr, error } = spawnSync('dpkg', all, { encoding: 'utf8', input, timeout: 300_000 });
  if (error !== undefined || (status !== 0 && !mayFail)) {
    throw new Error(`dpkg ${args.join(' ')}: ${error?.message ?? stderr}`);
  }
}
