import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildDeb, dpkgIn, makeDpkgDatabase } from './debs.ts';
import { identity, type PackageTool } from './package-tool.ts';
import { buildPacmanPackage, pacmanIn } from './pacman.ts';
import { needsCommands } from './requirements.ts';
import { RPM_FILES, writeRpmDatabase, type RpmFormat } from './rpm-databases.ts';
import { buildRpms, enterRpms, queryRpms, rpm } from './rpm.ts';
import { runTool } from './run-tool.ts';
import { statOf } from './tree-operations.ts';
import { WRITTEN_TOOLS } from './written-package-tools.ts';

/** Every one, its files below `folder`. Those of Debian are at work themselves, the others' formats are written here. */
export function packageTools(folder: string): readonly PackageTool[] {
  const rpms = rpmBuilder(folder);
  return [
    dpkgTool(folder),
    pacmanTool(folder),
    ...(['sqlite', 'ndb', 'bdb'] as const).map((format) => rpmTool(folder, format, rpms)),
    ...WRITTEN_TOOLS,
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

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
