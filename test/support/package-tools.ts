import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { buildDeb, dpkgIn, makeDpkgDatabase } from './debs.ts';
import { buildPacmanPackage, pacmanIn } from './pacman.ts';
import { needsCommands } from './requirements.ts';
import { RPM_FILES, writeRpmDatabase, type RpmFormat } from './rpm-databases.ts';
import { buildRpms, enterRpms, queryRpms, rpm } from './rpm.ts';
import { runTool } from './run-tool.ts';
import { statOf } from './tree-operations.ts';

/** A distribution's package tool, at work in trees. Packages are told as `NAME VERSION`. */
export interface PackageTool {
  readonly name: string;
  readonly cataloger: string;
  /** Folder of its database. */
  readonly database: string;
  /** File in which all packages are listed, where it is one. */
  readonly file?: string;
  /** Why it cannot be used here. */
  readonly skip: string | false;
  /** Also from one version to another. */
  install(root: string, ...packages: readonly string[]): Promise<void>;
  remove(root: string, name: string): Promise<void>;
  /** What the tool lists, which has to have a database there. */
  list(root: string): Promise<string[]>;
}

/** Every one, its files below `folder`. Those of Debian are at work themselves, the others' formats are written here. */
export function packageTools(folder: string): readonly PackageTool[] {
  const rpms = rpmBuilder(folder);
  return [
    dpkgTool(folder),
    pacmanTool(folder),
    ...(['sqlite', 'ndb', 'bdb'] as const).map((format) => rpmTool(folder, format, rpms)),
    ...[apkTool, opkgTool, portageTool, chiselTool],
  ];
}

function dpkgTool(folder: string): PackageTool {
  const database = 'var/lib/dpkg';
  return {
    name: 'dpkg',
    cataloger: 'dpkg',
    database,
    file: `${database}/status`,
    skip: needsCommands('dpkg', 'dpkg-deb'),
    async install(root, ...packages) {
      if (statOf(join(root, database, 'status')) === undefined) makeDpkgDatabase(root);
      const built = packages.map((one) => buildDeb(join(folder, 'debs'), identity(one)));
      dpkgIn(root, ['--force-downgrade', '--install', ...built]);
    },
    async remove(root, name) {
      dpkgIn(root, ['--purge', name]);
    },
    async list(root) {
      const query = ['--admindir', join(root, database), '--show', '--showformat', '${Package} ${Version}\n'];
      return linesOf(runTool('dpkg-query', query));
    },
  };
}

function pacmanTool(folder: string): PackageTool {
  return {
    name: 'pacman',
    cataloger: 'pacman',
    database: 'var/lib/pacman',
    skip: needsCommands('pacman'),
    async install(root, ...packages) {
      const built = packages.map((one) =>
        buildPacmanPackage(join(folder, 'pacman'), {
          ...identity(one),
          files: [`usr/share/${identity(one).name}`],
        }),
      );
      pacmanIn(root, folder, ['--noconfirm', '--noscriptlet', '--overwrite', '*', '-Udd', ...built]);
    },
    async remove(root, name) {
      pacmanIn(root, folder, ['--noconfirm', '--noscriptlet', '-Rdd', name]);
    },
    async list(root) {
      return linesOf(pacmanIn(root, folder, ['-Q']));
    },
  };
}

type RpmBuilder = (one: string) => Promise<string>;

/** Builds each package once: that takes a second. */
function rpmBuilder(folder: string): RpmBuilder {
  const built = new Map<string, Promise<readonly string[]>>();
  return async (one) => {
    let files = built.get(one);
    if (files === undefined) {
      const { name, version } = identity(one);
      const [, number = '', release = ''] = /^(.*)-(.*)$/.exec(version) ?? [];
      files = buildRpms(join(folder, 'rpms', one.replace(' ', '-')), [{ name, version: number, release }]);
      built.set(one, files);
    }
    return (await files)[0] ?? '';
  };
}

/** rpm writes SQLite alone; the other formats are written from that, and Berkeley DB is read by rpm again. */
function rpmTool(folder: string, format: RpmFormat, build: RpmBuilder): PackageTool {
  const database = 'var/lib/rpm';
  const aside = mkdtempSync(join(folder, 'rpm-'));

  /** Changes the SQLite database that the tree's is made of. The tree's packages are those it has at that time. */
  async function change(root: string, work: (database: string) => Promise<void>): Promise<void> {
    if (format === 'sqlite') {
      await work(join(root, database));
      return;
    }
    if (statOf(join(root, database, RPM_FILES[format])) === undefined) rmSync(aside, { recursive: true });
    await work(aside);
    rmSync(join(root, database, RPM_FILES[format]), { force: true });
    writeRpmDatabase(aside, join(root, database), format);
  }

  return {
    name: `rpm (${format})`,
    cataloger: 'rpm',
    database,
    file: `${database}/${RPM_FILES[format]}`,
    skip: needsCommands('rpm', 'rpmbuild', 'db_load'),
    install: (root, ...packages) =>
      change(root, async (there) => {
        const files = await Promise.all(packages.map(build));
        for (const one of packages) await erase(there, identity(one).name).catch(() => undefined);
        await enterRpms(there, files);
      }),
    remove: (root, name) => change(root, (there) => erase(there, name)),
    async list(root) {
      const all = '%{NAME} %{VERSION}-%{RELEASE}\n';
      if (format === 'ndb') return await queryRpms(aside, all);
      return await queryRpms(join(root, database), all, format === 'bdb' ? 'bdb_ro' : 'sqlite');
    },
  };
}

async function erase(database: string, name: string): Promise<void> {
  await rpm(['--dbpath', database, '--erase', '--justdb', '--nodeps', '--noscripts', name]);
}

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

interface Identity {
  readonly name: string;
  readonly version: string;
}

interface WrittenFormat {
  readonly cataloger: string;
  readonly file: string;
  readonly write: (packages: readonly Identity[]) => string | Uint8Array;
  /** Name and version as the first two groups. */
  readonly read: (bytes: Buffer) => readonly RegExpMatchArray[];
}

/** One file that lists all packages, for tools that Debian has not. */
function writtenTool({ cataloger, file, write, read }: WrittenFormat): PackageTool {
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
    name: `${cataloger} (written by its format)`,
    cataloger,
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

/** A folder a package, as Portage has it; revisions begin with an r there. */
const portageTool: PackageTool = {
  name: 'portage (written by its format)',
  cataloger: 'portage',
  database: 'var/db/pkg',
  skip: false,
  async install(root, ...packages) {
    for (const one of packages) {
      const { name, version } = identity(one);
      await portageTool.remove(root, name);
      const folder = join(root, 'var/db/pkg/app-misc', `${name}-${version.replace(/-(?=\d)/, '-r')}`);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'CONTENTS'), `obj /usr/share/${name} 0 0\n`);
    }
  },
  async remove(root, name) {
    const category = join(root, 'var/db/pkg/app-misc');
    if (statOf(category) === undefined) return;
    for (const folder of readdirSync(category)) {
      if (folder.startsWith(`${name}-`)) rmSync(join(category, folder), { recursive: true });
    }
  },
  async list(root) {
    const category = join(root, 'var/db/pkg/app-misc');
    const folders = statOf(category) === undefined ? [] : readdirSync(category);
    return folders.map((folder) => folder.replace('-', ' '));
  },
};

function identity(one: string): Identity {
  const [name = '', version = ''] = one.split(' ');
  return { name, version };
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
