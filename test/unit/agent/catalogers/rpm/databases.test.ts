import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readBerkeleyDb } from '../../../../../agent/catalogers/rpm/berkeley-db.ts';
import { DatabaseError } from '../../../../../agent/catalogers/package-database/database-error.ts';
import { rpm } from '../../../../../agent/catalogers/rpm/index.ts';
import { readNdb } from '../../../../../agent/catalogers/rpm/ndb.ts';
import { readSqlite } from '../../../../../agent/catalogers/rpm/sqlite.ts';
import { assertSurvives, hostileBytes } from '../../../../support/hostile.ts';
import { bufferFile } from '../../../../support/layer-file.ts';
import { ndbFile } from '../../../../support/rpm-files.ts';
import { RPM_FIXTURES, rpmFixture } from '../../../../support/rpm-fixtures.ts';

const APP = {
  type: 'rpm',
  version: '1.0~rc1-1.el9',
  source: { name: 'app', version: '1.0~rc1-1.el9' },
  modularity: 'app:1:20240101:deadbeef',
  vendor: 'Example Vendor',
};

const PACKAGES = [
  {
    ...APP,
    name: 'app',
    epoch: 0,
    architecture: 'x86_64',
    licenses: ['MIT AND (Apache-2.0 OR GPL-2.0-or-later)'],
    dependencies: ['app-libs', 'plain', 'tool'],
  },
  { ...APP, name: 'app-libs', epoch: 3, architecture: 'noarch', licenses: ['MIT'] },
  {
    type: 'rpm',
    name: 'gpg-pubkey',
    version: 'b5493f22-6b024481',
    licenses: ['pubkey'],
    flags: ['not-software'],
  },
  {
    type: 'rpm',
    name: 'plain',
    version: '1-1',
    architecture: 'noarch',
    source: { name: 'plain', version: '1-1' },
    licenses: ['MIT'],
  },
  {
    type: 'rpm',
    name: 'tool',
    version: '2.0^20240101git-3',
    architecture: 'x86_64',
    source: { name: 'tool', version: '2.0^20240101git-3' },
    licenses: ['MIT'],
  },
];

const CLAIMS = [
  { owner: 'app', files: ['etc/app.conf', 'usr/bin/app', 'usr/share/app/a b.txt'] },
  { owner: 'app-libs', files: ['usr/lib64/libapp.so.1'] },
  { owner: 'tool', files: ['usr/bin/tool'] },
];

for (const name of RPM_FIXTURES) {
  test(`${name} gives the packages and files that rpm says`, () => {
    const content = rpm.parse(bufferFile(`var/lib/rpm/${name}`, rpmFixture(name)));
    const packages = (content.packages ?? [])
      .map((record) =>
        record.dependencies ? { ...record, dependencies: record.dependencies.toSorted() } : record,
      )
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
    assert.deepEqual(packages, PACKAGES);
    assert.deepEqual(
      (content.claims ?? []).toSorted((a, b) => (a.owner < b.owner ? -1 : 1)),
      CLAIMS,
    );
    assert.equal(content.truncated, undefined);
  });

  test(`${name} under another name is told by its content`, () => {
    const other = name === 'Packages' ? 'rpmdb.sqlite' : 'Packages';
    assert.equal(rpm.parse(bufferFile(`var/lib/rpm/${other}`, rpmFixture(name))).packages?.length, 5);
  });

  test(`${name} with any damage gives what is whole, or an error`, () => {
    fc.assert(
      fc.property(hostileBytes(rpmFixture(name)), (bytes) =>
        assertSurvives(rpm, `var/lib/rpm/${name}`, bytes),
      ),
      { numRuns: 300 },
    );
  });
}

test('an empty file is a database of nothing', () => {
  assert.deepEqual(rpm.parse(bufferFile('var/lib/rpm/Packages', '')), {});
});

test('an ndb database without packages has none', () => {
  assert.deepEqual(rpm.parse(bufferFile('var/lib/rpm/Packages.db', ndbFile([]))).packages, []);
});

test('a file of another format is refused, and the error says so', () => {
  assert.throws(() => rpm.parse(bufferFile('var/lib/rpm/Packages', 'x'.repeat(5000))), {
    name: 'DatabaseError',
    code: 'unknown-format',
  });
});

test('one damaged package does not hide the others, and the fact says what is missing', () => {
  for (const name of RPM_FIXTURES) {
    const bytes = Buffer.from(rpmFixture(name));
    // The number of entries, before the region that every header of rpm 4 begins with. Pages may hold old copies.
    const region = Buffer.from('0000003f00000007', 'hex');
    const counts = [];
    for (let at = bytes.indexOf(region); at !== -1; at = bytes.indexOf(region, at + 1)) {
      const broken = Buffer.from(bytes);
      broken.writeUInt32BE(0xffff_ffff, at - 8);
      const { packages = [], truncated } = rpm.parse(bufferFile(`var/lib/rpm/${name}`, broken));
      if (packages.length < 5) assert.match(truncated ?? '', /^a header of \d+ bytes/, name);
      counts.push(packages.length);
    }
    assert.equal(counts.filter((count) => count === 4).length, 5, name);
  }
});

test('a reader stops when it is told that too much is damaged', () => {
  const readers = { 'rpmdb.sqlite': readSqlite, 'Packages.db': readNdb, Packages: readBerkeleyDb };
  for (const name of RPM_FIXTURES) {
    const bytes = Buffer.from(rpmFixture(name));
    if (name === 'rpmdb.sqlite') {
      // Cell pointers of the tables' leaves, but for the schema's.
      for (let page = 4096; page < bytes.length; page += 4096) {
        if (bytes[page] === 0x0d) bytes.fill(0xff, page + 8, page + 100);
      }
    }
    if (name === 'Packages.db') bytes.fill(0, 4096);
    if (name === 'Packages')
      for (let page = 0; page < bytes.length; page += 512) bytes[page + 25] = (bytes[page + 25] ?? 0) & 13;
    let reports = 0;
    const reader = readers[name](bufferFile(`var/lib/rpm/${name}`, bytes), () => {
      reports += 1;
      if (reports > 2) throw new DatabaseError('damaged', 'enough');
    });
    assert.throws(() => [...reader], { message: 'enough' }, name);
    assert.ok(reports <= 5, name);
  }
});

test('a Berkeley DB value that leads in a circle ends', () => {
  const bytes = Buffer.from(rpmFixture('Packages'));
  for (let page = 4096; page < bytes.length; page += 4096) {
    if (bytes[page + 25] === 7) bytes.writeUInt32LE(page / 4096, page + 16);
  }
  const { packages = [], truncated } = rpm.parse(bufferFile('var/lib/rpm/Packages', bytes));
  assert.ok(packages.length < 5);
  assert.match(truncated ?? '', /./);
});

/** A Berkeley DB of so many pages, all but the first as `page` makes them. */
function berkeleyDb(pages: number, page: (view: DataView, number: number) => void) {
  const pageSize = 4096;
  const bytes = Buffer.alloc(pages * pageSize);
  const meta = new DataView(bytes.buffer, bytes.byteOffset);
  meta.setUint32(12, 0x061561, true);
  meta.setUint32(20, pageSize, true);
  meta.setUint32(32, pages - 1, true);
  for (let number = 1; number < pages; number += 1)
    page(new DataView(bytes.buffer, bytes.byteOffset + number * pageSize, pageSize), number);
  let reads = 0;
  const file = bufferFile('var/lib/rpm/Packages', bytes);
  const counted = {
    ...file,
    read(offset: number, length: number) {
      reads += 1;
      return file.read(offset, length);
    },
  };
  return { file: counted, reads: () => reads };
}

test('a Berkeley DB value in pages that hold a byte each ends, too', () => {
  const { file, reads } = berkeleyDb(60, (view, number) => {
    view.setUint8(25, number === 1 ? 13 : 7);
    if (number === 1) {
      // A key of five bytes at the end, and before it a value in other pages.
      view.setUint16(20, 2, true);
      view.setUint16(26, 4091, true);
      view.setUint16(28, 4079, true);
      view.setUint8(4091, 1);
      view.setUint8(4092, 9);
      view.setUint8(4079, 3);
      view.setUint32(4083, 2, true);
      view.setUint32(4087, 200_000, true);
    } else {
      view.setUint32(16, number, true);
      view.setUint16(22, 1, true);
    }
  });
  const problems: string[] = [];
  assert.deepEqual([...readBerkeleyDb(file, (problem) => problems.push(problem))], []);
  assert.match(problems.join(), /page 1: /);
  assert.ok(reads() < 300, `${reads()} reads`);
});

test('encrypted and checksummed Berkeley DB is refused', () => {
  for (const [offset, value] of [
    [24, 1],
    [26, 1],
  ] as const) {
    const bytes = Uint8Array.from(rpmFixture('Packages'));
    bytes[offset] = value;
    assert.throws(() => rpm.parse(bufferFile('var/lib/rpm/Packages', bytes)), { code: 'unsupported' });
  }
});

test('candidates are databases wherever a link may lead, and the manifest', () => {
  const wanted = {
    'var/lib/rpm/Packages': true,
    'usr/lib/sysimage/rpm/Packages.db': true,
    'usr/share/rpm/rpmdb.sqlite': true,
    'var/lib/rpmmanifest/container-manifest-2': true,
    'var/lib/rpmmanifest/container-manifest-1': false,
    'var/lib/rpm/Index.db': false,
    'opt/state/Packages': true,
    'srv/chroot/var/lib/rpm/Packages': true,
  };
  for (const [path, expected] of Object.entries(wanted)) {
    assert.equal(rpm.candidates.accepts(path), expected, path);
  }
  assert.deepEqual(rpm.companions?.('var/lib/rpm/rpmdb.sqlite'), ['rpmdb.sqlite-wal']);
});
