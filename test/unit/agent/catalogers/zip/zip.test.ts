import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bytesSource } from '../../../../../agent/catalogers/bytes/source.ts';
import { openZip } from '../../../../../agent/catalogers/zip/archive.ts';
import { readBeginning, readEntry } from '../../../../../agent/catalogers/zip/content.ts';
import { directoryEntries } from '../../../../../agent/catalogers/zip/entries.ts';
import { ZipError } from '../../../../../agent/catalogers/zip/zip-error.ts';
import { hostileBytes } from '../../../../support/hostile.ts';
import { zip, type ZipMember, type ZipOptions } from '../../../../support/zip.ts';

const MAX_BYTES = 1 << 20;
const members: readonly ZipMember[] = [
  { name: 'a.txt', content: 'first' },
  { name: 'ü/b.txt', content: 'second '.repeat(1000) },
  { name: 'c.bin', content: 'third', stored: true },
  { name: 'empty', content: '' },
];

function contentsOf(bytes: Uint8Array): Record<string, string> | undefined {
  const archive = openZip(bytesSource(bytes));
  if (archive === undefined) return undefined;
  return Object.fromEntries(
    Array.from(directoryEntries(archive), (one) => one.decode()).map((entry) => [
      entry.name,
      new TextDecoder().decode(readEntry(archive, entry, MAX_BYTES)),
    ]),
  );
}

function onlyEntry(member: ZipMember) {
  const archive = openZip(bytesSource(zip([member])));
  const [entry] = archive === undefined ? [] : directoryEntries(archive);
  assert.ok(archive !== undefined && entry !== undefined);
  return { archive, entry: entry.decode() };
}

const shapes: Readonly<Record<string, ZipOptions>> = {
  'as it is': {},
  'with a comment': { comment: 'made by hand' },
  'with a long comment that has an end record in it': {
    comment: `${'x'.repeat(20_000)}PK\x05\x06${'y'.repeat(17)}`,
  },
  'behind a script': { prefix: '#!/bin/sh\nexec java -jar "$0"\n' },
  'with sizes of 64 bits': { large: true },
  'with sizes of 64 bits, behind a script': { large: true, prefix: '#!/bin/sh\n' },
};

for (const [name, options] of Object.entries(shapes)) {
  test(`reads an archive ${name}`, () => {
    assert.deepEqual(contentsOf(zip(members, options)), {
      'a.txt': 'first',
      'ü/b.txt': 'second '.repeat(1000),
      'c.bin': 'third',
      empty: '',
    });
  });
}

test('reads an archive behind a script whose offsets count the script', () => {
  const script = '#!/bin/sh\n'.repeat(3);
  const bytes = zip([{ name: 'a', content: 'x', claims: { headerStart: script.length } }], {
    prefix: script,
  });
  bytes.writeUInt32LE(bytes.readUInt32LE(bytes.length - 6) + script.length, bytes.length - 6);
  assert.deepEqual(contentsOf(bytes), { a: 'x' });
});

test('reads an archive without files', () => assert.deepEqual(contentsOf(zip([])), {}));

test('reads a directory of many windows', () => {
  const many = Array.from({ length: 10_000 }, (_, i) => ({
    name: `${'d'.repeat(60)}/${i}`,
    content: '',
    stored: true,
  }));
  assert.deepEqual(
    Object.keys(contentsOf(zip(many)) ?? {}),
    many.map(({ name }) => name),
  );
});

test('finds no archive in other files', () => {
  for (const bytes of ['', 'x', 'PK', 'x'.repeat(100_000), 'PK\x05\x06'])
    assert.equal(contentsOf(Buffer.from(bytes)), undefined);
});

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof ZipError, String(error));
    return error.code;
  }
  return 'none';
}

test('an archive that is cut off at its beginning or lies about its directory is malformed', () => {
  const bytes = zip(members);
  assert.equal(
    refusal(() => contentsOf(bytes.subarray(40))),
    'malformed',
  );
  bytes.writeUInt32LE(0x7fffffff, bytes.length - 10);
  assert.equal(
    refusal(() => contentsOf(bytes)),
    'malformed',
  );
});

test('reads an archive whose end does not know where the directory begins', () => {
  const bytes = zip([{ name: 'a', content: 'x' }]);
  bytes.writeUInt32LE(0xffffffff, bytes.length - 6);
  assert.deepEqual(contentsOf(bytes), { a: 'x' });
});

const refused: readonly (readonly [string, ZipMember, string])[] = [
  ['encrypted', { name: 'a', content: 'x', claims: { flags: 1 } }, 'unsupported'],
  ['compressed in another way', { name: 'a', content: 'x', claims: { method: 93 } }, 'unsupported'],
  ['elsewhere', { name: 'a', content: 'x', claims: { headerStart: 3 } }, 'malformed'],
  ['far beyond the end', { name: 'a', content: 'x', claims: { headerStart: 0xfffffff0 } }, 'malformed'],
  [
    'larger in the archive than the archive',
    { name: 'a', content: 'x', claims: { compressedSize: 9999 } },
    'malformed',
  ],
  [
    'stored and larger than the archive',
    { name: 'a', content: 'x', stored: true, claims: { size: 9999 } },
    'malformed',
  ],
  ['larger than it says', { name: 'a', content: 'x'.repeat(500), claims: { size: 10 } }, 'too-large'],
  ['larger than wanted', { name: 'a', content: 'x'.repeat(MAX_BYTES + 1) }, 'too-large'],
  ['cut off', { name: 'a', content: 'some text', claims: { compressedSize: 4 } }, 'malformed'],
  ['said to be larger than memory', { name: 'a', content: 'x', claims: { size: 0xfffffffe } }, 'too-large'],
];

for (const [how, member, code] of refused) {
  test(`an entry that is ${how} is ${code}`, () => {
    const { archive, entry } = onlyEntry(member);
    assert.equal(
      refusal(() => readEntry(archive, entry, MAX_BYTES)),
      code,
    );
  });
}

test('the beginning of an entry is read without the rest', () => {
  for (const stored of [true, false]) {
    const content = Array.from({ length: 50_000 }, (_, i) => `${i * 7919} `).join('');
    const { archive, entry } = onlyEntry({ name: 'a', content, stored });
    const beginning = new TextDecoder().decode(
      readBeginning(archive, entry, { rawBytes: 1000, maxBytes: MAX_BYTES }),
    );
    assert.ok(content.startsWith(beginning) && beginning.length >= 1000 && beginning.length < 10_000);
  }
});

test('any bytes are an archive, none, or refused with a ZipError', () => {
  const seeds = Object.values(shapes).map((options) => zip(members, { ...options, comment: 'short' }));
  fc.assert(
    fc.property(hostileBytes(...seeds), (bytes) => {
      try {
        contentsOf(bytes);
      } catch (error) {
        assert.ok(error instanceof ZipError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});
