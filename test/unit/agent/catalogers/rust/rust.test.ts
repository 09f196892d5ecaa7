import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { rustBinary } from '../../../../../agent/catalogers/rust/index.ts';
import { executable, type ExecutableShape } from '../../../../support/executable.ts';
import { universal } from '../../../../support/go-program.ts';
import { assertSurvives, hostileBytes } from '../../../../support/hostile.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

const elf: ExecutableShape = { format: 'elf', wordBytes: 8, littleEndian: true, section: '.dep-v0' };

const list = {
  packages: [
    { name: 'adler', version: '1.0.2', source: 'crates.io' },
    { name: 'cc', version: '1.0.83', source: 'crates.io', kind: 'build' },
    { name: 'hello', version: '0.1.0', source: 'local', dependencies: [0, 1, 3], root: true },
    { name: 'miniz_oxide', version: '0.7.1', source: 'crates.io', kind: 'runtime', dependencies: [0] },
  ],
  format: 1,
};

const expected = [
  { type: 'cargo', name: 'adler', version: '1.0.2' },
  {
    type: 'cargo',
    name: 'hello',
    version: '0.1.0',
    role: 'application',
    dependencies: ['adler', 'miniz_oxide'],
  },
  { type: 'cargo', name: 'miniz_oxide', version: '0.7.1', dependencies: ['adler'] },
];

function program(content: unknown, shape: ExecutableShape = elf): Buffer {
  return executable(shape, deflateSync(JSON.stringify(content)));
}

function parse(bytes: Uint8Array) {
  return rustBinary.parse(bufferFile('usr/bin/hello', bytes, { mode: 0o755 }));
}

test("crates of the program's own source tree are the application, and so is a root from elsewhere", () => {
  const packages = [
    { name: 'hello', version: '0.1.0', source: 'crates.io', dependencies: [1, 2], root: true },
    { name: 'hello-core', version: '0.1.0', source: 'local' },
    { name: 'fork', version: '2.0.0', source: 'git' },
  ];
  assert.deepEqual(parse(program({ packages })).packages, [
    {
      type: 'cargo',
      name: 'hello',
      version: '0.1.0',
      role: 'application',
      dependencies: ['hello-core', 'fork'],
    },
    { type: 'cargo', name: 'hello-core', version: '0.1.0', role: 'application' },
    { type: 'cargo', name: 'fork', version: '2.0.0' },
  ]);
});

const shapes: readonly ExecutableShape[] = (['elf', 'pe', 'mach-o'] as const).flatMap((format) =>
  ([4, 8] as const).map((wordBytes) => ({ ...elf, format, wordBytes })),
);

for (const shape of [...shapes, { ...elf, littleEndian: false }]) {
  const { format, wordBytes, littleEndian } = shape;
  test(`reads ${format}, ${wordBytes * 8} bits, ${littleEndian ? 'little' : 'big'}-endian`, () => {
    assert.deepEqual(parse(program(list, shape)), { packages: expected });
  });
}

test('reads an architecture of a universal file', () => {
  assert.deepEqual(parse(universal([program(list, { ...elf, format: 'mach-o' })])), { packages: expected });
});

test('finds nothing in programs without a list', () => {
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.from('#!/bin/sh\n'),
    program(list, { ...elf, section: '.dep-v1' }),
  ])
    assert.deepEqual(parse(bytes), {});
});

const root = { name: 'a', version: '1', root: true };
const broken: Readonly<Record<string, unknown>> = {
  'without packages': {},
  'that is none': [],
  'without a root': { packages: [{ name: 'a', version: '1' }] },
  'with two roots': { packages: [root, root] },
  'with a crate that has no name': { packages: [root, { version: '1' }] },
  'with a crate that has no version': { packages: [root, { name: 'b' }] },
  'with dependencies on others': { packages: [{ ...root, dependencies: [1] }] },
  'with dependencies in a circle': {
    packages: [
      { ...root, dependencies: [1] },
      { name: 'b', version: '1', dependencies: [2] },
      { name: 'c', version: '1', dependencies: [1] },
    ],
  },
  'with a dependency on itself': { packages: [{ ...root, dependencies: [0] }] },
};

for (const [what, content] of Object.entries(broken)) {
  test(`refuses a list ${what}`, () => assert.throws(() => parse(program(content)), /the list of crates/));
}

test('refuses a list that inflates beyond all measure, or goes beyond the file', () => {
  assert.throws(() => parse(executable(elf, deflateSync(Buffer.alloc(8 << 20)))), /too large/);
  assert.throws(() => parse(program(list).subarray(0, -10)), /beyond the end/);
  assert.throws(() => parse(executable(elf, Buffer.from('no zlib'))), /damaged/);
});

test('a long chain of crates is no circle', () => {
  const packages = Array.from({ length: 30_000 }, (_, i) => ({
    name: `c${i}`,
    version: '1',
    dependencies: i === 0 ? [] : [i - 1],
    root: i === 29_999,
  }));
  assert.equal(parse(program({ packages })).packages?.length, 30_000);
});

test('no damage to a program does more than hide what it holds', () => {
  const seeds = shapes.map((shape) => program(list, shape));
  fc.assert(
    fc.property(hostileBytes(...seeds), (bytes) => assertSurvives(rustBinary, 'usr/bin/hello', bytes)),
    { numRuns: 1000 },
  );
});
