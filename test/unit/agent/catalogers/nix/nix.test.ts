import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { nix } from '../../../../../agent/catalogers/nix/index.ts';
import { packageOf } from '../../../../../agent/catalogers/nix/store-path.ts';
import { assertSurvives, hostileBytes } from '../../../../support/hostile.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

const DATABASE = 'nix/var/nix/db/db.sqlite';
const HASH = 'bpzdbs2kg6p9z5y0d45q2m69nycpzmhs';

const scratch = mkdtempSync(join(tmpdir(), 'tallyman-nix-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

/** A database of Nix's form: these names are in the store, and these (by their numbers from 1) need each other. */
function database(
  names: readonly string[],
  references: readonly (readonly [number, number])[] = [],
): Uint8Array {
  const path = join(scratch, 'db.sqlite');
  rmSync(path, { force: true });
  const store = new DatabaseSync(path);
  store.exec(`CREATE TABLE ValidPaths (id integer primary key autoincrement not null, path text unique not null,
      hash text not null, registrationTime integer not null, deriver text, narSize integer, ultimate integer,
      sigs text, ca text);
    CREATE TABLE Refs (referrer integer not null, reference integer not null, primary key (referrer, reference));`);
  const add = store.prepare('INSERT INTO ValidPaths (path, hash, registrationTime) VALUES (?, ?, ?)');
  for (const name of names) add.run(`/nix/store/${HASH}-${name}`, 'sha256:00', 1_700_000_000);
  const refer = store.prepare('INSERT INTO Refs VALUES (?, ?)');
  for (const [from, to] of references) refer.run(from, to);
  store.close();
  return readFileSync(path);
}

test('packages are what the store holds, with what each needs', () => {
  const names = [
    'glibc-2.38-27',
    'bash-5.2-p15',
    'glibc-2.38-27-bin',
    'hook.sh',
    'user-environment',
    'a-1.tar.gz',
    'x-1.0.drv',
  ];
  const bytes = database(names, [
    [2, 1],
    [2, 2],
    [3, 1],
    [3, 4],
    [4, 1],
  ]);
  assert.deepEqual(nix.parse(bufferFile(DATABASE, bytes)), {
    packages: [
      { type: 'nix', name: 'glibc', version: '2.38-27' },
      { type: 'nix', name: 'bash', version: '5.2-p15', dependencies: ['glibc'] },
      {
        type: 'nix',
        name: 'glibc',
        version: '2.38-27',
        qualifiers: { output: 'bin' },
        dependencies: ['glibc'],
      },
    ],
  });
});

test('names of store paths are taken apart as Nix does it, without the output', () => {
  const cases: Readonly<Record<string, readonly [string, string] | undefined>> = {
    'python3.11-requests-2.31.0': ['python3.11-requests', '2.31.0'],
    'openssl-3.0.12-dev': ['openssl', '3.0.12'],
    'tzdata-2024a': ['tzdata', '2024a'],
    'nss-cacert-3.98': ['nss-cacert', '3.98'],
    'gcc-13.2.0-lib': ['gcc', '13.2.0'],
    'linux-headers-6.7': ['linux-headers', '6.7'],
    'unstable-2024-01-02': ['unstable', '2024-01-02'],
    'coreutils-full': undefined,
    'hello-2.12.1.drv': undefined,
    'source-1.0.patch': undefined,
    lib: undefined,
  };
  for (const [name, expected] of Object.entries(cases)) {
    const found = packageOf(`nix/store/${HASH}-${name}`);
    assert.deepEqual(found && [found.name, found.version], expected, name);
  }
  assert.equal(packageOf('nix/store/short-a-1'), undefined);
  assert.equal(packageOf(`nix/store/${HASH}-${'-1'.repeat(1_000_000)}\n`), undefined);
});

test('without a database, files in the store show what it holds', () => {
  const path = `nix/store/${HASH}-hello-2.12.1/bin/hello`;
  assert.deepEqual(nix.parse(bufferFile(path, '')).packages, [
    { type: 'nix', name: 'hello', version: '2.12.1' },
  ]);
  const places = [path, `nix/store/${HASH}-glibc-2.38-27/lib/libc.so.6`, `nix/store/${HASH}-x-1`, DATABASE];
  const others = [
    `nix/store/${HASH}-hello-2.12.1/share/man/man1/hello.1`,
    `nix/store/${HASH}-hello.sh/bin/x`,
    `nix/store/${HASH}-a-1.drv`,
    `srv/${path}`,
    `srv/${DATABASE}`,
  ];
  assert.deepEqual(
    places.filter((one) => !nix.candidates.accepts(one)),
    [],
  );
  assert.deepEqual(
    others.filter((one) => nix.candidates.accepts(one)),
    [],
  );
});

test('a database without its table is an error, an empty one holds nothing', () => {
  assert.deepEqual(nix.parse(bufferFile(DATABASE, '')), {});
  assert.throws(() => nix.parse(bufferFile(DATABASE, 'SQLite format 3')), /ends in its first page/);
  const path = join(scratch, 'other.sqlite');
  const other = new DatabaseSync(path);
  other.exec('CREATE TABLE Other (a)');
  other.close();
  assert.throws(() => nix.parse(bufferFile(DATABASE, readFileSync(path))), /without a table of paths/);
});

test('any bytes give packages, none or an error', () => {
  const names = Array.from({ length: 60 }, (_, at) => `package${at}-1.${at}`);
  const seed = database(
    names,
    names.slice(1).map((_, at) => [at + 2, at + 1] as const),
  );
  fc.assert(
    fc.property(hostileBytes(seed), fc.option(hostileBytes(seed)), (bytes, log) =>
      assertSurvives(nix, DATABASE, bytes, log === null ? {} : { siblings: { 'db.sqlite-wal': log } }),
    ),
  );
});

test('paths that lead patterns on are looked at in a moment', () => {
  const hash = 'a'.repeat(32);
  for (const part of ['a', '-', '-a', '.so', 'lib', '.dist-info', '1']) {
    const long = part.repeat(4000 / part.length);
    for (const path of [
      `nix/store/${hash}-${long}`,
      `nix/store/${hash}-a-1/lib/lib${long}`,
      `nix/store/${long}`,
    ])
      assert.equal(typeof nix.candidates.accepts(path), 'boolean');
  }
});
