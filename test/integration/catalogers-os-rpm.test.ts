import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { rpm as rpmCataloger } from '../../agent/catalogers/rpm/index.ts';
import type { FactContent } from '../../core/facts.ts';
import { loadBerkeleyDb } from '../support/berkeley-db.ts';
import { assertSurvives, hostileBytes } from '../support/hostile.ts';
import { bufferFile } from '../support/layer-file.ts';
import { needsCommands } from '../support/requirements.ts';
import { rpmHeaders } from '../support/rpm-databases.ts';
import { ndbFile } from '../support/rpm-files.ts';
import { buildRpms, enterRpms, queryRpms, rpm, type RpmToBuild } from '../support/rpm.ts';

const PACKAGES =
  '%{NAME}|%{VERSION}-%{RELEASE}|%{EPOCH}|%{ARCH}|%{SOURCERPM}|%{LICENSE}|%{VENDOR}|%{MODULARITYLABEL}\n';
const FILES = '[%{=NAME}|%{FILEMODES:perms}|%{FILENAMES}\n]';

const APP: RpmToBuild = {
  name: 'app',
  epoch: 0,
  version: '1.0~rc1',
  release: '1.el9',
  vendor: 'Example Vendor',
  modularity: 'app:1:20240101:deadbeef',
  requires: ['part-0', '/usr/share/part-1/file3', 'capability(5) >= 1', 'gone', 'rpmlib(x)'],
  files: ['/etc/app.conf', '/var/lib/app/', '/var/lib/app/with a space', '/usr/bin/app'],
};

/** Enough packages to fill several pages of every format, and one whose header spans many. */
const PARTS = Array.from({ length: 110 }, (_, at): RpmToBuild => ({
  name: `part-${at}`,
  version: `1.${at}^git`,
  release: `${at}.el9`,
  noarch: at % 2 === 0,
  license: 'MIT AND (GPL-2.0-only OR Apache-2.0)',
  provides: [`capability(${at}) = 1`],
  ...(at % 3 === 0 && { epoch: at }),
  files: Array.from({ length: at === 7 ? 1500 : 4 }, (_file, file) => `/usr/share/part-${at}/file${file}`),
}));

/** Our packages in rpm's own words. */
function packageLines({ packages = [] }: FactContent): string[] {
  return packages
    .map((one) => {
      const source = one.source && `${one.source.name}-${one.source.version}.src.rpm`;
      const fields = [one.epoch, one.architecture, source, one.licenses?.[0], one.vendor, one.modularity];
      return [one.name, one.version, ...fields.map((field) => field ?? '(none)')].join('|');
    })
    .toSorted();
}

function fileLines({ claims = [] }: FactContent): string[] {
  return claims.flatMap(({ owner, files }) => files.map((file) => `${owner}|/${file}`)).toSorted();
}

/** rpm's files without directories, as `fileLines` has them. */
function withoutDirectories(lines: readonly string[]): string[] {
  return lines
    .filter((line) => !/^[^|]*\|d/.test(line))
    .map((line) => line.replace(/\|[^|]*\|/, '|'))
    .toSorted();
}

function parse(path: string, log?: Uint8Array): FactContent {
  const siblings = log === undefined ? {} : { 'rpmdb.sqlite-wal': log };
  return rpmCataloger.parse(bufferFile('var/lib/rpm/rpmdb.sqlite', readFileSync(path), { siblings }));
}

const skip = needsCommands('rpm', 'rpmbuild', 'db_load', 'gpg');

describe('rpm, on databases that rpm wrote', { skip }, () => {
  let directory = '';
  let database = '';
  let late: string[] = [];
  let expected: string[] = [];
  let expectedFiles: string[] = [];

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'tallyman-rpm-'));
    database = join(directory, 'database');
    const rpms = await buildRpms(directory, [APP, ...PARTS]);
    late = await buildRpms(directory, [{ name: 'late', version: '2', files: ['/usr/bin/late'] }]);
    await enterRpms(database, rpms);
    await rpm(['--dbpath', database, '--import', makeKey(directory)]);
    expected = await queryRpms(database, PACKAGES);
    expectedFiles = withoutDirectories(await queryRpms(database, FILES));
    assert.equal(expected.length, PARTS.length + 2);
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  test('SQLite: the packages and files are those that rpm lists', () => {
    const content = parse(join(database, 'rpmdb.sqlite'));
    assert.deepEqual(packageLines(content), expected);
    assert.deepEqual(fileLines(content), expectedFiles);
    assert.equal(content.truncated, undefined);
    const [app] = (content.packages ?? []).filter(({ name }) => name === 'app');
    assert.deepEqual(app?.dependencies?.toSorted(), ['part-0', 'part-1', 'part-5']);
  });

  test('SQLite: what is only in the write-ahead log counts, as rpm sees it', async () => {
    const live = join(directory, 'live');
    mkdirSync(live);
    copyFileSync(join(database, 'rpmdb.sqlite'), join(live, 'rpmdb.sqlite'));
    const path = join(live, 'rpmdb.sqlite');
    const added = join(directory, 'added');
    await enterRpms(added, late);
    // As long as the writer stays, nothing moves from the log into the database.
    const writer = new DatabaseSync(path, { enableForeignKeyConstraints: false });
    try {
      writer.exec('PRAGMA wal_autocheckpoint = 0');
      writer.exec(`ATTACH '${join(added, 'rpmdb.sqlite')}' AS added`);
      writer.exec('INSERT INTO main.Packages SELECT hnum + 1000, blob FROM added.Packages');
      writer.exec('DELETE FROM main.Packages WHERE hnum % 5 = 0');
      const content = parse(path, readFileSync(`${path}-wal`));
      assert.deepEqual(packageLines(content), await queryRpms(live, PACKAGES));
      assert.deepEqual(fileLines(content), withoutDirectories(await queryRpms(live, FILES)));
      assert.ok(content.packages?.some(({ name }) => name === 'late'));
      assert.deepEqual(packageLines(parse(path)), expected, 'without the log');
    } finally {
      writer.close();
    }
  });

  for (const byteOrder of ['little', 'big'] as const) {
    for (const pageSize of [512, 4096, 65536]) {
      test(`Berkeley DB, ${byteOrder}-endian, pages of ${pageSize}: as rpm reads it`, async () => {
        const folder = join(directory, `${byteOrder}-${pageSize}`);
        mkdirSync(folder);
        const path = join(folder, 'Packages');
        loadBerkeleyDb(path, rpmHeaders(database), { byteOrder, pageSize });
        const content = parse(path);
        assert.deepEqual(packageLines(content), await queryRpms(folder, PACKAGES, 'bdb_ro'));
        assert.deepEqual(packageLines(content), expected);
        assert.deepEqual(fileLines(content), expectedFiles);
      });
    }
  }

  test('Berkeley DB with unsorted pages, as before 4.6: as rpm reads it', async () => {
    const folder = join(directory, 'unsorted');
    mkdirSync(folder);
    const path = join(folder, 'Packages');
    loadBerkeleyDb(path, rpmHeaders(database), { byteOrder: 'little', pageSize: 4096 });
    const bytes = readFileSync(path);
    for (let page = 4096; page < bytes.length; page += 4096)
      if (bytes[page + 25] === 13) bytes[page + 25] = 2;
    writeFileSync(path, bytes);
    assert.deepEqual(packageLines(parse(path)), await queryRpms(folder, PACKAGES, 'bdb_ro'));
    assert.deepEqual(packageLines(parse(path)), expected);
  });

  test('ndb: the same headers give the same packages', () => {
    const content = rpmCataloger.parse(
      bufferFile('var/lib/rpm/Packages.db', ndbFile([...rpmHeaders(database).values()])),
    );
    assert.deepEqual(packageLines(content), expected);
    assert.deepEqual(fileLines(content), expectedFiles);
  });

  test('any damage leaves what is whole, or an error', () => {
    const path = join(directory, 'damaged');
    loadBerkeleyDb(path, rpmHeaders(database), { byteOrder: 'big', pageSize: 1024 });
    const seeds = [readFileSync(path), readFileSync(join(database, 'rpmdb.sqlite'))];
    fc.assert(
      fc.property(hostileBytes(...seeds), (bytes) =>
        assertSurvives(rpmCataloger, 'var/lib/rpm/Packages', bytes),
      ),
      { numRuns: 40 },
    );
  });
});

/** A new key's public half, in a file: rpm stores keys as packages. */
function makeKey(directory: string): string {
  const home = join(directory, 'gpg');
  mkdirSync(home, { mode: 0o700 });
  const gpg = (...options: readonly string[]): Buffer =>
    execFileSync('gpg', ['--homedir', home, '--batch', '--quiet', ...options], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  gpg('--passphrase', '', '--quick-gen-key', 'Example <key@example.org>', 'rsa2048', 'sign', 'never');
  const path = join(directory, 'key.asc');
  writeFileSync(path, gpg('--armor', '--export'));
  execFileSync('gpgconf', ['--homedir', home, '--kill', 'all']);
  return path;
}
