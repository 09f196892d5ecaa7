import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { elfNote } from '../../../../../agent/catalogers/elf-note/index.ts';
import { purlOf } from '../../../../../core/purl.ts';
import { executable, type ExecutableShape } from '../../../../support/executable.ts';
import { assertSurvives, hostileBytes } from '../../../../support/hostile.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

const elf: ExecutableShape = { format: 'elf', wordBytes: 8, littleEndian: true, section: '.note.package' };

const PACKAGE = 0xcafe1a7e;
const BUILD_ID = 3;

function note(type: number, owner: string, content: string, littleEndian = true): Buffer {
  const name = filled(`${owner}\0`);
  const header = Buffer.alloc(12);
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  view.setUint32(0, owner.length + 1, littleEndian);
  view.setUint32(4, Buffer.byteLength(content), littleEndian);
  view.setUint32(8, type, littleEndian);
  return Buffer.concat([header, name, filled(content)]);
}

function filled(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}

function program(content: object, shape = elf): Buffer {
  return executable(shape, note(PACKAGE, 'FDO', `${JSON.stringify(content)}\0`, shape.littleEndian));
}

function parse(bytes: Uint8Array) {
  return elfNote.parse(bufferFile('usr/bin/hello', bytes, { mode: 0o755 }));
}

const fedora = {
  type: 'rpm',
  name: 'coreutils',
  version: '9.4-7.fc40',
  architecture: 'x86_64',
  osCpe: 'cpe:/o:fedoraproject:fedora:40',
};

const notes: readonly (readonly [string, object, string])[] = [
  ['Fedora', fedora, 'pkg:rpm/fedora/coreutils@9.4-7.fc40?arch=x86_64&distro=fedora-40'],
  [
    'older Fedora, the architecture behind the version',
    { type: 'rpm', name: 'hello', version: '0-1.fc35.x86_64', osCpe: 'cpe:/o:fedoraproject:fedora:35' },
    'pkg:rpm/fedora/hello@0-1.fc35?arch=x86_64&distro=fedora-35',
  ],
  [
    'Red Hat',
    { type: 'rpm', name: 'bash', version: '5.1-2.el9', osCpe: 'cpe:/o:redhat:enterprise_linux:9::baseos' },
    'pkg:rpm/redhat/bash@5.1-2.el9?distro=rhel-9',
  ],
  [
    'Debian',
    {
      type: 'deb',
      os: 'debian',
      name: 'hello',
      version: '2.10-3',
      architecture: 'amd64',
      debugInfoUrl: 'https://x',
    },
    'pkg:deb/debian/hello@2.10-3?arch=amd64&distro=debian',
  ],
  [
    'Ubuntu',
    {
      type: 'deb',
      os: 'ubuntu',
      osVersion: '24.04',
      name: 'hello',
      version: '2.10-3',
      architecture: 'amd64',
    },
    'pkg:deb/ubuntu/hello@2.10-3?arch=amd64&distro=ubuntu-24.04',
  ],
  [
    'a maker of its own',
    { type: 'acme', name: 'tool', version: '1.2', os: 'fedora' },
    'pkg:generic/tool@1.2',
  ],
  ['no type and version', { name: 'tool' }, 'pkg:generic/tool'],
];

for (const [whose, content, purl] of notes) {
  test(`reads a note of ${whose}`, () => {
    const [record] = parse(program(content)).packages ?? [];
    assert.equal(record && purlOf(record, undefined), purl);
  });
}

test('the note counts more than the image that the file was copied to', () => {
  const [record] = parse(program(fedora)).packages ?? [];
  const release = { id: 'debian', idLike: [], versionId: '12' };
  assert.match(record === undefined ? '' : purlOf(record, release), /distro=fedora-40/);
});

test('license and maker are told', () => {
  const [record] =
    parse(program({ name: 'tool', version: '1', license: 'MIT', vendor: 'ACME' })).packages ?? [];
  assert.deepEqual([record?.licenses, record?.vendor], [['MIT'], 'ACME']);
});

for (const shape of [elf, { ...elf, wordBytes: 4 as const }, { ...elf, littleEndian: false }]) {
  const { wordBytes, littleEndian } = shape;
  test(`reads ELF of ${wordBytes * 8} bits, ${littleEndian ? 'little' : 'big'}-endian`, () => {
    assert.equal(parse(program(fedora, shape)).packages?.length, 1);
  });
}

test('a note may come after others, or without a header', () => {
  const text = JSON.stringify(fedora);
  const after = Buffer.concat([note(BUILD_ID, 'GNU', 'abcde'), note(PACKAGE, 'FDO', text)]);
  for (const section of [after, Buffer.from(`${text}\0\0\0`)])
    assert.equal(parse(executable(elf, section)).packages?.[0]?.name, 'coreutils');
});

test('other notes, other sections and other files have none', () => {
  const others = [
    executable(elf, note(BUILD_ID, 'GNU', 'abcde')),
    executable(elf, note(PACKAGE, 'ACME', '{}')),
    executable(elf, Buffer.alloc(5)),
    executable({ ...elf, section: '.note.gnu' }, note(PACKAGE, 'FDO', '{}')),
    executable({ ...elf, format: 'pe' }, note(PACKAGE, 'FDO', '{}')),
    Buffer.from('#!/bin/sh\n'),
  ];
  for (const bytes of others) assert.deepEqual(parse(bytes), {});
});

test('a note that is none, names nothing or does not end is refused', () => {
  for (const text of ['{}', '[]', 'null', '"x"', '{"name":""}', '{"name":1}', '{'])
    assert.throws(() => parse(executable(elf, note(PACKAGE, 'FDO', text))), Error);
  assert.throws(() => parse(program(fedora).subarray(0, -9)), /beyond the end/);
  assert.match(parse(executable(elf, Buffer.alloc(70_000))).truncated ?? '', /larger/);
});

test('no damage to a program does more than hide what it holds', () => {
  const seeds = [program(fedora), program(fedora, { ...elf, wordBytes: 4, littleEndian: false })];
  fc.assert(
    fc.property(hostileBytes(...seeds), (bytes) => assertSurvives(elfNote, 'usr/bin/hello', bytes)),
    { numRuns: 1000 },
  );
});
