import assert from 'node:assert/strict';
import { chmodSync, cpSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { DatabaseSync } from 'node:sqlite';
import type { Package } from '../../core/composition.ts';
import { arrangedImage, type ArrangedImage, type Step } from '../support/arranged-image.ts';
import { buildDeb, dpkgIn, makeDpkgDatabase } from '../support/debs.ts';
import { inMemoryFolder, needsOverlay } from '../support/overlay-stack.ts';
import type { PackageTool } from '../support/package-tool.ts';
import { packageTools } from '../support/package-tools.ts';
import { needsCommands } from '../support/requirements.ts';
import { writeRpmDatabase } from '../support/rpm-databases.ts';

const skip = (await needsOverlay()) || needsCommands('rpm', 'rpmbuild', 'db_load', 'dpkg', 'dpkg-deb');

/** Images whose package databases lie in more places than one, or have files in several layers. */
test('package databases in several places and layers', { skip }, async (t) => {
  await inMemoryFolder(async (work) => {
    const tools = packageTools(work);
    const tool = (name: string): PackageTool => {
      const found = tools.find((one) => one.name === name);
      assert.ok(found, name);
      return found;
    };
    let count = 0;
    const image = (...steps: readonly Step[]): Promise<ArrangedImage> =>
      arrangedImage(join(work, `image-${(count += 1)}`), steps);

    await t.test('rpm: a rebuild in a newer format leaves the old file behind', async () => {
      const rpm = tool('rpm (sqlite)');
      const old = tool('rpm (bdb)');
      const aside = join(work, 'aside');
      let told: readonly string[] = [];
      const { packages } = await image(
        (root) => old.install(root, 'aa 1-1', 'bb 1-1'),
        async (root) => {
          await rpm.install(aside, 'aa 2-1', 'cc 1-1');
          writeRpmDatabase(join(aside, rpm.database), join(root, rpm.database), 'sqlite');
          told = (await rpm.list(root)).toSorted();
        },
        // rpm never looks at the old file again, whatever touches it.
        (root) => chmodSync(join(root, old.file ?? ''), 0o600),
      );
      assert.deepEqual(told, ['aa 2-1', 'cc 1-1']);
      assert.deepEqual(identities(packages), ['aa 2-1 from 1', 'cc 1-1 from 1']);
    });

    await t.test('rpm: the database moves to usr/lib/sysimage behind a link', async () => {
      const rpm = tool('rpm (sqlite)');
      const { packages, composition } = await image(
        (root) => rpm.install(root, 'aa 1-1', 'bb 1-1'),
        (root) => moveBehindLink(root, rpm.database, 'usr/lib/sysimage/rpm', '../../usr/lib/sysimage/rpm'),
        (root) => rpm.install(root, 'bb 2-1'),
      );
      assert.deepEqual(identities(packages), ['aa 1-1 from 0', 'bb 2-1 from 2']);
      assert.deepEqual(composition.deletedDatabases, []);
    });

    await t.test('rpm: an absolute link from the old place to the new is one of the image', async () => {
      const rpm = tool('rpm (sqlite)');
      const { packages } = await image(
        (root) => rpm.install(root, 'aa 1-1'),
        (root) => moveBehindLink(root, rpm.database, 'usr/lib/sysimage/rpm', '/usr/lib/sysimage/rpm'),
      );
      assert.deepEqual(identities(packages), ['aa 1-1 from 0']);
    });

    await t.test('rpm: packages that only the log of an unclean build has', async () => {
      const rpm = tool('rpm (sqlite)');
      let told: readonly string[] = [];
      const { packages } = await image(
        (root) => rpm.install(root, 'aa 1-1'),
        async (root) => {
          const other = join(work, 'other');
          await rpm.install(other, 'bb 1-1');
          leaveInLog(join(root, rpm.file ?? ''), join(other, rpm.file ?? ''));
          told = await listCopy(rpm, root, join(work, 'copy'));
        },
      );
      assert.deepEqual(told, ['aa 1-1', 'bb 1-1']);
      assert.deepEqual(identities(packages), ['aa 1-1 from 0', 'bb 1-1 from 1']);
    });

    await t.test('rpm: a log in a later layer than its database', async () => {
      const rpm = tool('rpm (sqlite)');
      const { packages } = await image(
        (root) => rpm.install(root, 'aa 1-1', 'bb 1-1'),
        (root) => {
          const file = join(root, rpm.file ?? '');
          chmodSync(file, 0o600);
          writeFileSync(`${file}-wal`, '');
        },
      );
      assert.deepEqual(identities(packages), ['aa 1-1 from 0', 'bb 1-1 from 0']);
    });

    await t.test('apk: lib becomes a link to usr/lib', async () => {
      const apk = tool('apk (written by its format)');
      const { packages, composition } = await image(
        (root) => apk.install(root, 'aa 1-r0', 'bb 1-r0'),
        (root) => moveBehindLink(root, 'lib', 'usr/lib', 'usr/lib'),
        (root) => apk.install(root, 'cc 1-r0'),
      );
      assert.deepEqual(identities(packages), ['aa 1-r0 from 0', 'bb 1-r0 from 0', 'cc 1-r0 from 2']);
      assert.deepEqual(composition.deletedDatabases, []);
    });

    await t.test('dpkg: paragraphs in files of their own join the status file', async () => {
      const dpkg = tool('dpkg');
      const { packages } = await image(
        (root) => writeParagraphs(root, 'aa 1-1', 'bb 1-1', 'xx 1-1'),
        (root) => writeParagraphs(root, 'bb 2-1'),
        (root) => dpkg.install(root, 'bb 2-1', 'cc 1-1'),
        (root) => rmSync(join(root, 'var/lib/dpkg/status.d/xx')),
      );
      // One that both places tell of is there once, since the first of them.
      assert.deepEqual(identities(packages), ['aa 1-1 from 0', 'bb 2-1 from 1', 'cc 1-1 from 2']);
    });

    await t.test('dpkg: of paragraphs, those that a later layer removed are gone', async () => {
      const { packages, composition } = await image(
        (root) => writeParagraphs(root, 'aa 1-1', 'bb 1-1'),
        (root) => rmSync(join(root, 'var/lib/dpkg/status.d/bb')),
        (root) => writeParagraphs(root, 'bb 1-1'),
      );
      assert.deepEqual(identities(packages), ['aa 1-1 from 0', 'bb 1-1 from 2']);
      assert.deepEqual(composition.deletedDatabases, []);
    });

    await t.test('a file that a package owns stays its own when it is copied up', async () => {
      const dpkg = tool('dpkg');
      const { packages } = await image(
        (root) => dpkg.install(root, 'aa 1-1'),
        (root) => {
          const metadata = 'usr/lib/python3/dist-packages/aa-1.dist-info/METADATA';
          mkdirSync(dirname(join(root, metadata)), { recursive: true });
          writeFileSync(join(root, metadata), 'Name: aa\nVersion: 1\n\n');
          writeFileSync(join(root, 'var/lib/dpkg/info/aa.list'), `/.\n/usr\n/usr/lib\n/${metadata}\n`);
        },
        (root) => chmodSync(join(root, 'usr/lib/python3/dist-packages/aa-1.dist-info/METADATA'), 0o600),
      );
      assert.deepEqual(identities(packages), ['aa 1-1 from 0']);
    });

    await t.test('a package removed above gives back what it owned', async () => {
      const dpkg = tool('dpkg');
      const manifest = 'opt/app/node_modules/left/package.json';
      const { packages } = await image(
        async (root) => {
          await dpkg.install(root, 'aa 1-1');
          mkdirSync(dirname(join(root, manifest)), { recursive: true });
          writeFileSync(join(root, manifest), '{"name":"left","version":"1.0.0"}');
          writeFileSync(join(root, 'var/lib/dpkg/info/aa.list'), `/.\n/${manifest}\n`);
        },
        (root) => {
          cpSync(join(root, manifest), join(root, 'kept'));
        },
        (root) => dpkg.remove(root, 'aa'),
        (root) => {
          mkdirSync(dirname(join(root, manifest)), { recursive: true });
          renameSync(join(root, 'kept'), join(root, manifest));
        },
      );
      assert.deepEqual(identities(packages), ['left 1.0.0 from 3']);
    });

    await t.test('what a package of a third party bundles counts beside it', async () => {
      const manifest = 'opt/product/node_modules/left/package.json';
      const maintainers = ['Docker <support@docker.com>', 'Someone <someone@debian.org>'];
      const found = maintainers.map(async (maintainer, at) => {
        const { packages } = await image((root) => {
          const deb = buildDeb(join(work, `product-${at}`), {
            name: 'product',
            maintainer,
            files: [manifest],
          });
          makeDpkgDatabase(root);
          dpkgIn(root, ['--install', deb]);
          writeFileSync(join(root, manifest), '{"name":"left","version":"1.0.0"}');
        });
        return identities(packages);
      });
      assert.deepEqual(await Promise.all(found), [
        ['left 1.0.0 from 0', 'product 1.0-1 from 0'],
        ['product 1.0-1 from 0'],
      ]);
    });

    await t.test('layers are of the builds that their own files tell, written over or not', async () => {
      const manifest = 'root/buildinfo/content_manifests/content-sets.json';
      const built = (root: string, ...contentSets: readonly string[]): void => {
        mkdirSync(dirname(join(root, manifest)), { recursive: true });
        writeFileSync(join(root, manifest), JSON.stringify({ content_sets: contentSets }));
      };
      const { composition } = await image(
        (root) => built(root, 'baseos'),
        (root) => writeRelease(root, 'etc/os-release', 'rhel', '9.4'),
        (root) => built(root, 'baseos', 'product'),
        (root) => rmSync(join(root, 'root'), { recursive: true }),
      );
      assert.deepEqual(composition.builds, [
        { layer: 0, contentSets: ['baseos'] },
        { layer: 2, contentSets: ['baseos', 'product'] },
      ]);
    });

    await t.test('packages are of the release that the last layer says', async () => {
      const dpkg = tool('dpkg');
      const { packages } = await image(
        (root) => dpkg.install(root, 'aa 1-1'),
        (root) => writeRelease(root, 'usr/lib/os-release', 'debian', '11'),
        (root) => {
          mkdirSync(join(root, 'etc'));
          symlinkSync('/usr/lib/os-release', join(root, 'etc/os-release'));
        },
        (root) => writeRelease(root, 'usr/lib/os-release', 'debian', '12'),
      );
      assert.deepEqual(
        packages.map(({ purl }) => purl),
        ['pkg:deb/debian/aa@1-1?arch=amd64&distro=debian-12'],
      );
    });
  });
});

function identities(packages: readonly Package[]): string[] {
  return packages
    .filter(({ flags = [] }) => !flags.includes('database-deleted'))
    .map(({ name, version, locations }) => {
      const origin = Math.min(...locations.map(({ introducedBy }) => introducedBy));
      return `${name} ${version} from ${origin}`;
    })
    .sort();
}

function moveBehindLink(root: string, from: string, to: string, target: string): void {
  mkdirSync(dirname(join(root, to)), { recursive: true });
  cpSync(join(root, from), join(root, to), { recursive: true });
  rmSync(join(root, from), { recursive: true });
  symlinkSync(target, join(root, from));
}

/** As images that are built without dpkg have them. */
function writeParagraphs(root: string, ...packages: readonly string[]): void {
  const folder = join(root, 'var/lib/dpkg/status.d');
  mkdirSync(folder, { recursive: true });
  for (const one of packages) {
    const [name = '', version = ''] = one.split(' ');
    const paragraph = `Package: ${name}\nVersion: ${version}\nArchitecture: amd64\n`;
    writeFileSync(join(folder, name), paragraph);
  }
}

/** Adds another database's packages in the log alone. */
function leaveInLog(database: string, other: string): void {
  const open = `${database}.open`;
  cpSync(database, open);
  const writer = new DatabaseSync(open, { enableForeignKeyConstraints: false });
  try {
    writer.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0');
    cpSync(open, database);
    writer.exec(`ATTACH '${other}' AS other`);
    writer.exec('INSERT INTO main.Packages SELECT hnum + 1000, blob FROM other.Packages');
    cpSync(`${open}-wal`, `${database}-wal`);
  } finally {
    writer.close();
    for (const end of ['', '-wal', '-shm']) rmSync(`${open}${end}`, { force: true });
  }
}

/** What the tool lists, of a copy: opening a database moves its log into it. */
async function listCopy(tool: PackageTool, root: string, copy: string): Promise<readonly string[]> {
  cpSync(join(root, tool.database), join(copy, tool.database), { recursive: true });
  return (await tool.list(copy)).toSorted();
}

function writeRelease(root: string, path: string, id: string, version: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), `ID=${id}\nVERSION_ID="${version}"\n`);
}
