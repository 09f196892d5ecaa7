import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { apk } from '../../../../../agent/catalogers/apk/index.ts';
import { assertSurvives, hostileBytes } from '../../../../support/hostile.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

const INSTALLED = 'lib/apk/db/installed';

const BUSYBOX = `C:Q1qKcZ+j23xssAXmgQhkOO8dHnbWw=
P:busybox
V:1.36.1-r29
A:x86_64
S:507831
I:946176
T:Size optimized toolbox of many common UNIX utilities
U:https://busybox.net/
L:GPL-2.0-only
o:busybox
m:Someone <someone@example.org>
t:1718207424
c:1747673c1f0e5f5d8d2ae0ac7ff2f5a0b0ad5a5d
D:so:libc.musl-x86_64.so.1 missing>1 !conflict so:libgone.so.1
p:cmd:busybox=1.36.1-r29 cmd:sh=1.36.1-r29
F:bin
R:busybox
a:0:0:755
Z:Q1OCAbVR3oOPmc8qTxf3oAXxOyvIo=
F:etc/network
M:0:0:1777
F:usr/share/x
R:a b
R:c
`;

const MUSL = `P:musl
V:1.2.5-r0
A:x86_64
L:MIT
o:musl
p:so:libc.musl-x86_64.so.1=1
F:lib
R:ld-musl-x86_64.so.1
`;

function parse(text: string) {
  return apk.parse(bufferFile(INSTALLED, text));
}

test('a package has its version, architecture, origin, license and maintainer', () => {
  const [record] = parse(BUSYBOX).packages ?? [];
  assert.deepEqual(record, {
    type: 'apk',
    name: 'busybox',
    version: '1.36.1-r29',
    architecture: 'x86_64',
    source: { name: 'busybox', version: '1.36.1-r29' },
    licenses: ['GPL-2.0-only'],
    vendor: 'Someone <someone@example.org>',
    dependencies: ['missing'],
  });
});

test('libraries and commands that a package needs lead to the packages that have them', () => {
  const baselayout = 'P:baselayout\nV:3-r0\nD:/bin/sh cmd:sh musl~1.2 pinned@edge\n';
  const { packages = [] } = parse([BUSYBOX, MUSL, baselayout].join('\n'));
  assert.deepEqual(
    packages.map(({ name, dependencies }) => [name, dependencies]),
    [
      ['busybox', ['musl', 'missing']],
      ['musl', undefined],
      ['baselayout', ['busybox', 'musl', 'pinned']],
    ],
  );
});

test('files are claimed with their directories', () => {
  assert.deepEqual(parse(`${BUSYBOX}\n${MUSL}`).claims, [
    { owner: 'busybox', files: ['bin/busybox', 'usr/share/x/a b', 'usr/share/x/c'] },
    { owner: 'musl', files: ['lib/ld-musl-x86_64.so.1'] },
  ]);
});

test('a file at the root has no slash before it', () => {
  assert.deepEqual(parse('P:a\nV:1\nF:\nR:init\n').claims, [{ owner: 'a', files: ['init'] }]);
});

test('the last record needs no blank line, and lines may be of any length', () => {
  const provides = Array.from({ length: 100_000 }, (_, at) => `so:lib${at}.so.1=1`).join(' ');
  const { packages = [] } = parse(`P:many\nV:1\np:${provides}\n\nP:last\nV:2\nD:so:lib99999.so.1`);
  assert.deepEqual(
    packages.map(({ name, dependencies }) => [name, dependencies]),
    [
      ['many', undefined],
      ['last', ['many']],
    ],
  );
});

test('what apk makes up to hold a list of dependencies is no software', () => {
  const [record] =
    parse('P:.build-deps\nV:20240101.1\nA:noarch\nT:virtual meta package\nD:gcc\n').packages ?? [];
  assert.deepEqual(record?.flags, ['not-software']);
});

test('a record without a name is passed over, one without a version is kept', () => {
  const { packages = [] } = parse('V:1\nF:x\nR:y\n\nP:a\n');
  assert.deepEqual(packages, [{ type: 'apk', name: 'a', version: '' }]);
});

test('databases are candidates wherever a link may lead', () => {
  assert.deepEqual(
    [INSTALLED, `usr/${INSTALLED}`, `var/${INSTALLED}`, `opt/${INSTALLED}`, 'lib/apk/db/triggers'].map(
      (path) => apk.candidates.accepts(path),
    ),
    [true, true, true, true, false],
  );
});

test('directories spelled out for many files cannot fill the memory', () => {
  const directory = Array.from({ length: 15 }, () => 'x'.repeat(255)).join('/');
  const { claims = [], truncated } = parse(`P:a\nV:1\nF:${directory}\n${'R:y\n'.repeat(50_000)}`);
  const characters = claims.flatMap(({ files }) => files).reduce((sum, { length }) => sum + length, 0);
  assert.ok(characters > 0 && characters <= 64 * 1024 * 1024);
  assert.match(truncated ?? '', /characters of paths/);
});

test('any bytes give packages or none', () => {
  const seed = Buffer.from(`${BUSYBOX}\n${MUSL}`);
  fc.assert(fc.property(hostileBytes(seed), (bytes) => assertSurvives(apk, INSTALLED, bytes)));
});
