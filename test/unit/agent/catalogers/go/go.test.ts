import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { goBinary } from '../../../../../agent/catalogers/go/index.ts';
import type { FactContent } from '../../../../../core/facts.ts';
import { goProgram, universal } from '../../../../support/go-program.ts';
import type { GoProgramShape } from '../../../../support/go-program.ts';
import { assertSurvives, hostileBytes } from '../../../../support/hostile.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

const modules = [
  'path\texample.org/Team/hello/cmd/hello',
  'mod\texample.org/Team/hello\tv1.2.3\t',
  'dep\tgolang.org/x/net\tv0.17.0\th1:abc=',
  'dep\tgopkg.in/yaml.v3\tv3.0.1\th1:abc=',
  'build\t-compiler=gc',
].join('\n');

const expected = [
  { type: 'golang', namespace: 'example.org/Team', name: 'hello', version: 'v1.2.3', role: 'application' },
  { type: 'golang', namespace: 'golang.org/x', name: 'net', version: 'v0.17.0' },
  { type: 'golang', namespace: 'gopkg.in', name: 'yaml.v3', version: 'v3.0.1' },
  { type: 'golang', name: 'stdlib', version: '1.22.1' },
];

function parse(bytes: Uint8Array): FactContent {
  return goBinary.parse(bufferFile('app/hello', bytes, { mode: 0o755 }));
}

const shapes: readonly GoProgramShape[] = (['elf', 'pe', 'mach-o'] as const)
  .flatMap((format) =>
    ([4, 8] as const).flatMap((wordBytes) =>
      [true, false].flatMap((littleEndian) =>
        (['inline', 'pointers'] as const).flatMap((style) =>
          [true, false].map((section) => ({ format, wordBytes, littleEndian, style, section })),
        ),
      ),
    ),
  )
  .filter(({ format, littleEndian, section }) => format !== 'pe' || (littleEndian && !section));

for (const shape of shapes) {
  const { format, wordBytes, littleEndian, style, section } = shape;
  const name = `${format}, ${wordBytes * 8} bits, ${littleEndian ? 'little' : 'big'}-endian, ${style}`;
  test(`reads ${name}, ${section ? 'in its section' : 'somewhere in the data'}`, () => {
    const program = goProgram(shape, { goVersion: 'go1.22.1', modules, padding: 70_000 });
    assert.deepEqual(parse(program).packages, expected);
  });
}

const shape: GoProgramShape = {
  format: 'elf',
  wordBytes: 8,
  littleEndian: true,
  style: 'inline',
  section: true,
};

function packagesOf(lines: readonly string[], goVersion = 'go1.22.1') {
  return (parse(goProgram(shape, { goVersion, modules: lines.join('\n') })).packages ?? []).map(
    ({ namespace, name, version, role }) =>
      `${namespace === undefined ? '' : `${namespace}/`}${name}@${version}${role === undefined ? '' : ' application'}`,
  );
}

test('reads every architecture of a universal file until one is a Go program', () => {
  const thin = goProgram({ ...shape, format: 'mach-o' }, { goVersion: 'go1.22.1', modules });
  assert.deepEqual(parse(universal([Buffer.from('not a program'), thin])).packages, expected);
});

test('a replacement takes the place of the module, a directory leaves its name without a version', () => {
  assert.deepEqual(
    packagesOf([
      'dep\texample.org/a\tv1.0.0',
      '=>\texample.org/fork/a\tv1.0.1\th1:abc=',
      'dep\texample.org/b\tv1.0.0',
      '=>\t./b\t(devel)\t',
      'dep\texample.org/c\tv1.0.0',
      '=>\t/src/c\t\t',
    ]),
    ['example.org/fork/a@v1.0.1', 'example.org/b@', 'example.org/c@', 'stdlib@1.22.1'],
  );
});

const programVersions: readonly (readonly [string, string, string])[] = [
  ['v1.4.0', '', 'v1.4.0'],
  ['(devel)', '', ''],
  ['(devel)', '-X main.version=1.4.2', 'v1.4.2'],
  ['(devel)', '"-s -w -X \'main.Version=v1.4.2-rc.1\'"', 'v1.4.2-rc.1'],
  ['(devel)', '" -X \\"example.org/hello/cli/version.Version=28.2.2\\" -extldflags -static"', 'v28.2.2'],
  ['(devel)', '"-X=example.org/common/version.Version=2.45.0"', 'v2.45.0'],
  ['(devel)', '"-X example.org/lib.Version=0.1.0 -X main.version=1.4.2"', 'v1.4.2'],
  ['(devel)', '"-X main.version=1.4.2 -X main.appVersion=1.4.3"', ''],
  ['(devel)', '"-X main.version=dev -X main.commit=0123456 -X main.goVersion=1.22.1"', ''],
  ['(devel)', '"-X main.version=v0.0.0 -X example.org/hello/build.Version=1.5.0"', 'v1.5.0'],
  ['v1.4.0', '"-X main.version=9.9.9"', 'v1.4.0'],
];

for (const [version, flags, result] of programVersions) {
  test(`a program of version ${version} linked with ${flags || 'no flags'} has version "${result}"`, () => {
    const lines = [
      `mod\texample.org/hello\t${version}\t`,
      `build\t-ldflags=${flags}`,
      'build\tvcs.revision=0123456789ab',
    ];
    assert.equal(packagesOf(lines)[0], `example.org/hello@${result} application`);
  });
}

test('a line without a usable path is skipped', () => {
  const lines = ['dep', 'dep\t', 'dep\t/\tv1', 'dep\texample.org/\tv1', '=>\tx\tv1', 'sum\tx'];
  assert.deepEqual(packagesOf(lines), ['stdlib@1.22.1']);
});

test('a program built without modules goes by its import path, if it has one', () => {
  assert.deepEqual(packagesOf(['path\texample.org/hello/cmd/hello']), [
    'example.org/hello/cmd/hello@ application',
    'stdlib@1.22.1',
  ]);
  assert.deepEqual(packagesOf(['path\tcommand-line-arguments']), ['stdlib@1.22.1']);
  assert.deepEqual(packagesOf(['path\tcmd/go']), ['stdlib@1.22.1']);
  assert.deepEqual(packagesOf([]), ['stdlib@1.22.1']);
});

const releases: readonly (readonly [string, string])[] = [
  ['go1.22.1', '1.22.1'],
  ['go1.22', '1.22'],
  ['go1.21rc2', '1.21rc2'],
  ['go1.22.1 X:boringcrypto,loopvar', '1.22.1'],
  ['go1.20.12-X:strictfipsruntime', '1.20.12'],
  ['go1.18.10b7', '1.18.10'],
  ['go1.22.1 (Red Hat 1.22.1-1.el9)', '1.22.1'],
  ['devel go1.24-abcdef1234 Mon Jan 1 00:00:00 2024 +0000', ''],
];

for (const [goVersion, release] of releases) {
  test(`"${goVersion}" is the standard library of "${release}"`, () => {
    assert.deepEqual(packagesOf([], goVersion), [`stdlib@${release}`]);
  });
}

const nothing: Readonly<Record<string, Uint8Array>> = {
  'an empty file': Buffer.alloc(0),
  'a script': Buffer.from('#!/bin/sh\necho hello\n'),
  'a Java class': Buffer.from('cafebabe00000034001d0a0006000f0900100011', 'hex'),
  'an ELF program without build information': goProgram(shape, { goVersion: 'go1.22.1', modules }).fill(
    0,
    0x400,
  ),
  'a program cut off in its headers': goProgram(shape, { goVersion: 'go1.22.1', modules }).subarray(0, 0x40),
  'an object file': Buffer.from(goProgram(shape, { goVersion: 'go1.22.1', modules })).fill(1, 16, 17),
  'build information without a version': goProgram(shape, { goVersion: '', modules }),
};

for (const [what, bytes] of Object.entries(nothing)) {
  test(`finds nothing in ${what}`, () => assert.deepEqual(parse(bytes), {}));
}

test('build information beyond the search limit is not looked for', () => {
  const program = goProgram(
    { ...shape, section: false },
    { goVersion: 'go1.22.1', modules, padding: 2 << 20 },
  );
  assert.deepEqual(parse(program), {});
});

test('reads a small part of a large program, whether it is a Go program or not', () => {
  const bytesRead = (bytes: Uint8Array) => {
    const file = bufferFile('app/hello', bytes);
    let count = 0;
    goBinary.parse({
      ...file,
      read: (offset, length) => file.read(offset, length).map((byte) => ((count += 1), byte)),
    });
    return count;
  };
  const large = { goVersion: 'go1.22.1', modules, padding: 16 << 20 };
  assert.ok(bytesRead(goProgram(shape, large)) < 10_000);
  assert.ok(bytesRead(goProgram({ ...shape, section: false }, large)) < 1_100_000);
});

test('a module list beyond the cap is cut at a line and says so', () => {
  const long = Array.from(
    { length: 15_000 },
    (_, i) => `dep\texample.org/m${i}\tv1.0.0\th1:${'0'.repeat(300)}`,
  ).join('\n');
  const { packages = [], truncated } = parse(goProgram(shape, { goVersion: 'go1.22.1', modules: long }));
  assert.match(truncated ?? '', /too long/);
  assert.ok(packages.length > 10_000 && packages.length < 15_000);
  assert.ok(packages.every(({ name, version }) => name === 'stdlib' || version === 'v1.0.0'));
});

test('of more modules than any program has only the first are read, and that is said', () => {
  const many = 'dep\ta\tv1\n'.repeat(30_000);
  const { packages = [], truncated } = parse(goProgram(shape, { goVersion: 'go1.22.1', modules: many }));
  assert.equal(packages.length, 20_000 + 1);
  assert.match(truncated ?? '', /modules/);
});

test('orders to the linker that never end are read in part', () => {
  for (const flags of [
    '-X main.version=1.2.3 '.repeat(100_000),
    '-X='.repeat(500_000),
    `-X ${' '.repeat(1e6)}`,
  ]) {
    const lines = ['path\texample.org/a', 'mod\texample.org/a\t(devel)', `build\t-ldflags=${flags}`];
    assert.ok(packagesOf(lines).length > 0);
  }
});

test('no damage to a program does more than hide what it holds', () => {
  const headers = fc.array(fc.tuple(fc.nat(0x480), fc.nat(255)), { maxLength: 12 });
  const programs = shapes.map((one) => goProgram(one, { goVersion: 'go1.22.1', modules }));
  const damaged = fc.tuple(fc.constantFrom(...programs), headers).map(([program, bytes]) => {
    const copy = Uint8Array.from(program);
    for (const [at, byte] of bytes) copy[at] = byte;
    return copy;
  });
  const any = fc.oneof(damaged, hostileBytes(...programs.slice(0, 4)));
  fc.assert(
    fc.property(any, (bytes) => assertSurvives(goBinary, 'app/hello', bytes)),
    { numRuns: 2000 },
  );
});
