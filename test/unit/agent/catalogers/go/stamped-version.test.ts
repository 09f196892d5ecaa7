import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readExecutables } from '../../../../../agent/catalogers/executable/read.ts';
import { initialStrings } from '../../../../../agent/catalogers/go/initial-strings.ts';
import { stampedVersion } from '../../../../../agent/catalogers/go/stamped-version.ts';
import { dataAddress, executable, Writer } from '../../../../support/executable.ts';
import type { ExecutableShape } from '../../../../support/executable.ts';
import { hostileBytes } from '../../../../support/hostile.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

const shapes: readonly ExecutableShape[] = (['elf', 'pe', 'mach-o'] as const)
  .flatMap((format) =>
    ([4, 8] as const).flatMap((wordBytes) =>
      [true, false].map((littleEndian) => ({
        format,
        wordBytes,
        littleEndian,
        section: format === 'mach-o' ? '__data' : '.data',
      })),
    ),
  )
  .filter(({ format, littleEndian }) => format !== 'pe' || littleEndian);

const shape: ExecutableShape = { format: 'elf', wordBytes: 8, littleEndian: true, section: '.data' };

/** Variables, each with a text of its own; `\0` after one is the linker's. */
function programOf(texts: readonly string[], of: ExecutableShape = shape): Buffer {
  const variables = Buffer.alloc(2 * of.wordBytes * (texts.length + 1));
  const writer = new Writer(variables, of);
  let end = variables.length;
  for (const [i, text] of texts.entries()) {
    const at = 2 * of.wordBytes * i;
    writer.word(at, dataAddress + end).word(at + of.wordBytes, text.replace(/\0$/, '').length);
    end += text.length;
  }
  return executable(of, Buffer.concat([variables, Buffer.from(`${texts.join('')}go`, 'latin1')]));
}

function versionOf(bytes: Uint8Array, path = 'example.org/a', isLinkedUnseen = true): string {
  const [program] = readExecutables(bufferFile('app/a', bytes));
  assert.ok(program);
  return stampedVersion(program, { path, goVersion: '1.22.3', isLinkedUnseen });
}

for (const one of shapes) {
  const name = `${one.format}, ${one.wordBytes * 8} bits, ${one.littleEndian ? 'little' : 'big'}-endian`;
  test(`what the linker wrote into a variable is read: ${name}`, () => {
    assert.equal(versionOf(programOf(['main.go', '3.1.0\0', 'linux/amd64'], one)), 'v3.1.0');
  });
}

const programs: readonly (readonly [what: string, texts: readonly string[], version: string])[] = [
  ['a release', ['v1.4.2\0'], 'v1.4.2'],
  ['a release candidate', ['1.4.2-rc.1\0'], 'v1.4.2-rc.1'],
  ['a release with what a distribution changed', ['1.4.2+ds1\0'], 'v1.4.2+ds1'],
  ['a release that a distribution took files out of', ['1.6.20~ds1\0'], 'v1.6.20+ds1'],
  ["a release candidate in Debian's words", ['3.0.0~rc50\0'], 'v3.0.0-rc50'],
  ['a release, and its revision in a distribution', ['1.5.0\0', '1.5.0-1+b6\0'], 'v1.5.0'],
  ['the same of a changed one', ['1.1.5+ds1-1+deb12u1\0', '1.1.5+ds1\0'], 'v1.1.5+ds1'],
  ['a release, and one that was before it', ['1.5.0\0', '1.5.0-rc.1\0'], ''],
  ['one release in two variables', ['v1.4.2\0', '1.4.2\0'], 'v1.4.2'],
  ['two releases', ['1.4.2\0', '1.5.0\0'], ''],
  ['a release, and that of Go', ['1.4.2\0', '1.22.3\0', 'go1.22.3\0'], 'v1.4.2'],
  ['a release, and what git says of it', ['1.4.2\0', 'v1.4.2-0-g51d5e946\0'], 'v1.4.2'],
  ['what git says of a commit', ['v1.4.2-7-g51d5e946-dirty\0'], ''],
  ['a text of the compiler', ['1.4.2', 'other text'], ''],
  ['two numbers', ['1.41.\0', '1.412\0'], ''],
  ['no version', ['0.0.0\0', 'v0.0.0\0', 'latest\0', '2024-01-02T03:04:05Z\0', '10.0.0.1\0'], ''],
  ['a file that was built in', ['1.4.2\n'], ''],
];

for (const [what, texts, version] of programs) {
  test(`a program with ${what} has version "${version}"`, () => {
    assert.equal(versionOf(programOf(texts)), version);
  });
}

test('of a program whose linker orders are known, text says nothing more', () => {
  assert.equal(versionOf(programOf(['1.4.2\0']), 'example.org/a', false), '');
});

test('a program known to build in its VERSION has that', () => {
  const runc = 'github.com/opencontainers/runc';
  assert.equal(versionOf(programOf(['1.4.2-rc.1\n', 'main.go'])), '');
  assert.equal(versionOf(programOf(['1.4.2-rc.1\n', 'main.go']), runc), 'v1.4.2-rc.1');
  assert.equal(versionOf(programOf(['1.4.2\n', 'main.go']), runc, false), 'v1.4.2');
  assert.equal(versionOf(programOf(['1.4.2\n', '1.1.5\0']), runc), 'v1.1.5');
});

test('a program known to state its version in a variable has that', () => {
  const texts = ['02.01.2006', '3.4.23', '3.0.0', 'main.go', '1.2.3\n', 'x'];
  assert.equal(versionOf(programOf(texts)), '');
  assert.equal(versionOf(programOf(texts), 'go.etcd.io/etcd/etcdctl'), 'v3.4.23');
  assert.equal(versionOf(programOf(texts), 'go.etcd.io/etcd', false), 'v3.4.23');
  assert.equal(versionOf(programOf(texts), 'go.etcd.io/etcdlike'), '');
  assert.equal(versionOf(programOf(texts), 'github.com/restic/restic'), '', 'two of them');
});

test('of a large program little more than its variables is read', () => {
  const bytes = Buffer.concat([programOf(['1.4.2\0']), Buffer.alloc(16 << 20)]);
  const file = bufferFile('app/a', bytes);
  let count = 0;
  const counted = {
    ...file,
    read(offset: number, length: number) {
      count += length;
      return file.read(offset, length);
    },
  };
  const [program] = readExecutables(counted);
  assert.ok(program);
  assert.equal([...initialStrings(program)].length, 1);
  assert.ok(count < 100_000, `${count}`);
});

test('variables that all point somewhere else are read to a bound', () => {
  const data = Buffer.alloc(8 << 20);
  for (let at = 0; at < data.length; at += 16) {
    data.writeUInt32LE(dataAddress + ((at * 7919) % (data.length - 64)), at);
    data.writeUInt32LE(5, at + 8);
  }
  assert.equal(versionOf(executable(shape, data)), '');
});

test('no damage to a program does more than hide its version', () => {
  const seeds = shapes.map((one) => programOf(['3.1.0\0', '3.1.0\n', 'text'], one));
  fc.assert(
    fc.property(hostileBytes(...seeds), (bytes) => {
      for (const program of readExecutables(bufferFile('app/a', bytes)))
        for (const { text } of initialStrings(program)) assert.ok(text.length <= 64);
    }),
    { numRuns: 2000 },
  );
});
