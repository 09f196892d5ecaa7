import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { RPM_FILES, writeRpmDatabase, type RpmFormat } from '../../test/support/rpm-databases.ts';
import { buildRpms, enterRpms, queryRpms, type RpmToBuild } from '../../test/support/rpm.ts';
import { command, type Workplace } from '../support/workplace.ts';
import { comparison, type Comparison, type Wording } from './comparison.ts';
import { kept } from './kept.ts';
import { listTree } from './listings.ts';
import { ownPackages, type OwnPackage } from './own-packages.ts';

const PACKAGES = '%{NAME} %{EPOCH} %{VERSION}-%{RELEASE} %{ARCH}\n';
const SOURCES = '%{NAME} of %{SOURCERPM}\n';
/** Places where distributions keep the database: Red Hat's, SUSE's and newer Fedora's, ostree's. */
const DIRECTORIES = ['var/lib/rpm', 'usr/lib/sysimage/rpm', 'usr/share/rpm'];

/** This machine's own packages, made into rpms and entered into databases of each format, by `rpm -qa`. */
export async function surveyRpm(place: Workplace): Promise<readonly Comparison[]> {
  const version = (await command('rpm', ['--version'])).split(' ').at(-1) ?? '';
  const database = await kept(place, 'rpm-database', (folder) => makeDatabase(place, folder));
  const told = await queryRpms(database, PACKAGES);
  const sources = (await queryRpms(database, SOURCES)).filter((line) => !line.endsWith(' (none)'));
  const comparisons: Comparison[] = [];

  const compare = async (subject: string, root: string, how = 'rpm -qa'): Promise<void> => {
    const about = { oracle: `${how} ${version}`, subject };
    mkdirSync(join(root, 'etc'), { recursive: true });
    writeFileSync(join(root, 'etc/os-release'), 'ID="rocky"\nVERSION_ID="9.3"\n');
    writeFileSync(join(root, 'etc/redhat-release'), 'Rocky Linux release 9.3 (Blue Onyx)\n');
    const listings = await listTree(place, root);
    comparisons.push(
      comparison({ ...about, ecosystem: 'rpm', expected: new Set(told) }, listings, packageWording),
      comparison({ ...about, ecosystem: 'rpm sources', expected: new Set(sources) }, listings, sourceWording),
    );
  };

  for (const format of Object.keys(RPM_FILES) as RpmFormat[]) {
    for (const directory of DIRECTORIES) {
      const root = join(place.folder, `${format}-${directory.replaceAll('/', '-')}`);
      writeRpmDatabase(database, join(root, directory), format);
      // Debian's rpm is built without ndb: there the same headers in SQLite speak.
      await compare(`${format} in ${directory}`, root, format === 'ndb' ? 'rpm -qa, of SQLite,' : 'rpm -qa');
    }
  }
  const linked = join(place.folder, 'linked');
  writeRpmDatabase(database, join(linked, 'usr/lib/sysimage/rpm'), 'sqlite');
  mkdirSync(join(linked, 'var/lib'), { recursive: true });
  symlinkSync('/usr/lib/sysimage/rpm', join(linked, 'var/lib/rpm'));
  await compare('var/lib/rpm is a link', linked);

  const unclean = join(place.folder, 'unclean');
  leaveInLog(join(database, RPM_FILES.sqlite), join(unclean, 'var/lib/rpm', RPM_FILES.sqlite));
  await compare('packages in the write-ahead log', unclean);
  return comparisons;
}

async function makeDatabase(place: Workplace, folder: string): Promise<void> {
  const [first, ...others] = (await ownPackages()).map(repackaged);
  if (first === undefined) throw new Error('dpkg-query lists nothing here');
  const files = await buildRpms(join(place.folder, 'rpms'), [first, ...others]);
  await enterRpms(folder, files);
}

/** An rpm's version and release hold no dash. */
function repackaged({ name, epoch, upstream, revision = '1', architecture }: OwnPackage): RpmToBuild {
  return {
    name,
    version: upstream.replaceAll('-', '_'),
    release: `${revision}.el9`,
    noarch: architecture === 'all',
    files: [`/usr/share/doc/${name}/copyright`],
    vendor: 'Rocky Enterprise Software Foundation',
    ...(epoch !== undefined && { epoch }),
  };
}

/** A copy of a database, half of whose packages are in its log alone, as a build that was killed leaves it. */
function leaveInLog(database: string, copy: string): void {
  mkdirSync(dirname(copy), { recursive: true });
  const open = `${copy}.open`;
  cpSync(database, open);
  const writer = new DatabaseSync(open, { enableForeignKeyConstraints: false });
  try {
    writer.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0');
    writer.exec('CREATE TEMP TABLE half AS SELECT * FROM Packages WHERE hnum % 2');
    writer.exec('DELETE FROM Packages WHERE hnum % 2; PRAGMA wal_checkpoint(TRUNCATE)');
    writer.exec('INSERT INTO Packages SELECT * FROM half');
    cpSync(open, copy);
    cpSync(`${open}-wal`, `${copy}-wal`);
  } finally {
    writer.close();
  }
}

const packageWording: Wording = ({ type, name, version, epoch, architecture }) =>
  type === 'rpm' ? [name, epoch ?? '(none)', version, architecture ?? '(none)'].join(' ') : undefined;

/** rpm says no epoch of a source; trivy gives it the package's own. */
const sourceWording: Wording = ({ type, name, source }) => {
  if (type !== 'rpm' || source === undefined) return undefined;
  return `${name} of ${source.name}-${source.version?.replace(/^\d+:/, '')}.src.rpm`;
};
