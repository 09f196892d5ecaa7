import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { identity, type Identity, type PackageTool } from './package-tool.ts';
import { statOf } from './tree-operations.ts';

const apkTool = writtenTool({
  cataloger: 'apk',
  file: 'lib/apk/db/installed',
  write: (packages) => packages.map(({ name, version }) => `P:${name}\nV:${version}\nA:x86_64\n`).join('\n'),
  read: (bytes) => [...bytes.toString().matchAll(/^P:(.*)\nV:(.*)$/gm)],
});

const opkgTool = writtenTool({
  cataloger: 'opkg',
  file: 'usr/lib/opkg/status',
  write: (packages) =>
    packages
      .map(({ name, version }) => `Package: ${name}\nVersion: ${version}\nStatus: install user installed\n`)
      .join('\n'),
  read: (bytes) => [...bytes.toString().matchAll(/^Package: (.*)\nVersion: (.*)$/gm)],
});

const chiselTool = writtenTool({
  cataloger: 'chisel',
  file: 'var/lib/chisel/manifest.wall',
  write: (packages) => {
    const lines = packages.map((one) => JSON.stringify({ kind: 'package', ...one }));
    return zstdCompressSync(['{"jsonwall":"1.0","schema":"1.0"}', ...lines, ''].join('\n'));
  },
  read: (bytes) => [
    ...zstdDecompressSync(bytes)
      .toString()
      .matchAll(/"name":"([^"]*)","version":"([^"]*)"/g),
  ],
});

/** In place of rpm's database, in images that were built without one. */
const marinerTool = writtenTool({
  name: 'rpm manifest',
  cataloger: 'rpm',
  isFixed: true,
  file: 'var/lib/rpmmanifest/container-manifest-2',
  write: (packages) =>
    packages
      .map(({ name, version }) => `${name}\t${version}\t1\t2\tv\t(none)\t3\tx86_64\t0\t${name}.src.rpm\n`)
      .join(''),
  read: (bytes) => [...bytes.toString().matchAll(/^(\S+)\t(\S+)\t/gm)],
});

const cosTool = writtenTool({
  cataloger: 'cos',
  isFixed: true,
  file: 'etc/cos-package-info.json',
  write: (installedPackages) => JSON.stringify({ installedPackages }),
  read: (bytes) => [...bytes.toString().matchAll(/"name":"([^"]*)","version":"([^"]*)"/g)],
});

const bottlerocketTool = writtenTool({
  cataloger: 'bottlerocket',
  isFixed: true,
  file: 'usr/share/bottlerocket/application-inventory.json',
  write: (packages) =>
    JSON.stringify({ Content: packages.map(({ name, version }) => ({ Name: name, Version: version })) }),
  read: (bytes) => [...bytes.toString().matchAll(/"Name":"([^"]*)","Version":"([^"]*)"/g)],
});

interface WrittenFormat {
  readonly name?: string;
  readonly cataloger: string;
  readonly isFixed?: boolean;
  readonly file: string;
  readonly write: (packages: readonly Identity[]) => string | Uint8Array;
  /** Name and version as the first two groups. */
  readonly read: (bytes: Buffer) => readonly RegExpMatchArray[];
}

/** One file that lists all packages, for tools that Debian has not. */
function writtenTool({
  cataloger,
  name = cataloger,
  isFixed = false,
  file,
  write,
  read,
}: WrittenFormat): PackageTool {
  const all = (root: string): Identity[] => {
    if (statOf(join(root, file)) === undefined) return [];
    return read(readFileSync(join(root, file))).map(([, name = '', version = '']) => ({ name, version }));
  };
  const change = (root: string, name: readonly string[], added: readonly Identity[]): void => {
    const others = all(root).filter((one) => !name.includes(one.name));
    mkdirSync(join(root, file, '..'), { recursive: true });
    writeFileSync(join(root, file), write([...others, ...added]));
  };
  return {
    name: `${name} (written by its format)`,
    cataloger,
    isFixed,
    database: file.slice(0, file.lastIndexOf('/')),
    file,
    skip: false,
    async install(root, ...packages) {
      const added = packages.map(identity);
      change(
        root,
        added.map(({ name }) => name),
        added,
      );
    },
    async remove(root, name) {
      change(root, [name], []);
    },
    async list(root) {
      return all(root).map(({ name, version }) => `${name} ${version}`);
    },
  };
}

/** Revisions begin with an r there. */
const portageTool = folderTool({
  cataloger: 'portage',
  database: 'var/db/pkg',
  folder: 'app-misc',
  file: 'CONTENTS',
  nameOf: ({ name, version }) => `${name}-${version.replace(/-(?=\d)/, '-r')}`,
});

const nixTool = folderTool({
  cataloger: 'nix',
  isFixed: true,
  database: 'nix/store',
  folder: '',
  file: 'bin/it',
  nameOf: ({ name, version }) => `${'0'.repeat(32)}-${name}-${version}`,
});

interface FolderFormat {
  readonly cataloger: string;
  readonly isFixed?: boolean;
  readonly database: string;
  /** Below that. */
  readonly folder: string;
  /** In the folder of each package. */
  readonly file: string;
  /** Ends in name and version, with a hyphen between them. */
  readonly nameOf: (one: Identity) => string;
}

/** A folder a package. */
function folderTool({
  cataloger,
  isFixed = false,
  database,
  folder,
  file,
  nameOf,
}: FolderFormat): PackageTool {
  const foldersIn = (root: string): string[] => {
    const path = join(root, database, folder);
    return statOf(path)?.isDirectory() === true ? readdirSync(path) : [];
  };
  const remove = (root: string, name: string): void => {
    for (const one of foldersIn(root))
      if (one.startsWith(nameOf({ name, version: '' })))
        rmSync(join(root, database, folder, one), { recursive: true });
  };
  return {
    name: `${cataloger} (written by its format)`,
    cataloger,
    isFixed,
    database,
    skip: false,
    async install(root, ...packages) {
      for (const one of packages.map(identity)) {
        remove(root, one.name);
        const path = join(root, database, folder, nameOf(one), file);
        mkdirSync(join(path, '..'), { recursive: true });
        writeFileSync(path, `obj /usr/share/${one.name} 0 0\n`);
      }
    },
    async remove(root, name) {
      remove(root, name);
    },
    async list(root) {
      return foldersIn(root).map((one) =>
        one.replace(nameOf({ name: '', version: '' }).slice(0, -1), '').replace('-', ' '),
      );
    },
  };
}

/** Those of which no tool can be had here. */
export const WRITTEN_TOOLS: readonly PackageTool[] = [
  apkTool,
  opkgTool,
  portageTool,
  chiselTool,
  marinerTool,
  cosTool,
  bottlerocketTool,
  nixTool,
];
