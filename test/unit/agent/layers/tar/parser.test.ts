import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LayerError } from '../../../../../agent/layers/layer-error.ts';
import { tarParser, type TarMember } from '../../../../../agent/layers/tar/parser.ts';
import { hostileBytes } from '../../../../support/hostile.ts';
import { paxMember, rawMember, TAR_END, type RawMember } from './raw-tar.ts';

interface ParsedMember extends TarMember {
  readonly content: string;
}

/** Pushes bytes in pieces of the given sizes, the last size for the rest. */
function parse(tar: Uint8Array, sizes: readonly number[] = [tar.length]): ParsedMember[] {
  const members: ParsedMember[] = [];
  const parser = tarParser((member) => {
    const pieces: Buffer[] = [];
    return {
      write: (bytes) => void pieces.push(Buffer.from(bytes)),
      end: () => void members.push({ ...member, content: Buffer.concat(pieces).toString('latin1') }),
    };
  });
  let at = 0;
  for (let piece = 0; at < tar.length; piece++) {
    const size = sizes[piece] ?? sizes.at(-1) ?? tar.length;
    parser.push(tar.subarray(at, at + size));
    at += size;
  }
  parser.finish();
  return members;
}

function only(...parts: readonly (RawMember | Buffer)[]): ParsedMember {
  const blocks = parts.map((part) => (Buffer.isBuffer(part) ? part : rawMember(part)));
  const members = parse(Buffer.concat([...blocks, TAR_END]));
  assert.equal(members.length, 1);
  const [member] = members;
  assert.ok(member);
  return member;
}

function malformed(message: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof LayerError && error.code === 'malformed' && message.test(error.message);
}

const MIXED = Buffer.concat([
  rawMember({ name: 'a/', type: '5' }),
  rawMember({ name: 'a/one', content: 'x'.repeat(700) }),
  paxMember('x', [
    ['path', 'a/\xc3\xa9'],
    ['linkpath', 'one'],
  ]),
  rawMember({ type: '2' }),
  rawMember({ name: '././@LongLink', type: 'L', magic: 'ustar  \0', content: `${'n'.repeat(150)}\0` }),
  rawMember({ content: 'y'.repeat(512), magic: 'ustar  \0' }),
  TAR_END,
]);

test('pieces of any size give the same members', () => {
  const whole = parse(MIXED);
  assert.deepEqual(
    whole.map(({ name }) => name),
    ['a/', 'a/one', 'a/\xc3\xa9', 'n'.repeat(150)],
  );
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 1500 }), { minLength: 1 }), (sizes) => {
      assert.deepEqual(parse(MIXED, sizes), whole);
    }),
  );
});

test('the prefix of ustar comes before the name, that of GNU is something else', () => {
  assert.equal(only({ name: 'b', prefix: 'usr/a' }).name, 'usr/a/b');
  assert.equal(only({ name: 'b', prefix: 'usr/a', magic: 'ustar  \0' }).name, 'b');
});

test('pax overrides name, link and size, by bytes and for one member alone', () => {
  const pax = paxMember('x', [
    ['path', 'n\xff'],
    ['linkpath', 'l'],
    ['size', '5'],
    ['comment', 'a=b\nc'],
  ]);
  const { name, linkName, size, content } = only(pax, { size: 0, content: 'hello' });
  assert.deepEqual(
    { name, linkName, size, content },
    { name: 'n\xff', linkName: 'l', size: 5, content: 'hello' },
  );
  const two = parse(
    Buffer.concat([pax, rawMember({ content: 'hello' }), rawMember({ name: 'next' }), TAR_END]),
  );
  assert.deepEqual(
    two.map((member) => member.name),
    ['n\xff', 'next'],
  );
});

test('global pax headers are passed over', () => {
  assert.equal(only(paxMember('g', [['path', 'global']]), { name: 'own' }).name, 'own');
});

test('GNU long names and links hold for one member', () => {
  const long = 'd/'.repeat(200);
  const { name, linkName } = only(
    { type: 'L', content: `${long}f\0` },
    { type: 'K', content: `${long}t\0` },
    { type: '2' },
  );
  assert.deepEqual([name, linkName], [`${long}f`, `${long}t`]);
});

test('sizes may be in base 256', () => {
  const size = Buffer.alloc(12);
  size[0] = 0x80;
  size[11] = 3;
  assert.equal(only({ size, content: 'abc' }).content, 'abc');
});

test('links, devices and folders have no content, whatever their size says', () => {
  for (const type of ['1', '2', '3', '4', '5', '6']) assert.equal(only({ type, size: 9999 }).size, 0, type);
});

test('a device 0:0 is told from others', () => {
  assert.equal(only({ type: '3' }).isZeroDevice, true);
  assert.equal(only({ type: '4' }).isZeroDevice, false);
  assert.equal(only({ type: '0' }).isZeroDevice, false);
});

test('a folder of old tars is told by its slash', () => {
  assert.equal(only({ type: '\0', name: 'a/', magic: '' }).type, 'directory');
  assert.equal(only({ type: '\0', name: 'a', magic: '' }).type, 'file');
});

test('sparse files are told, and what follows them is found', () => {
  assert.equal(
    only(
      paxMember('x', [
        ['GNU.sparse.major', '1'],
        ['GNU.sparse.name', 's'],
      ]),
      {},
    ).name,
    's',
  );
  const map = Buffer.alloc(1024);
  map[504] = 1;
  const old = Buffer.concat([
    rawMember({ type: 'S', name: 's', magic: 'ustar  \0', size: 4, hasMoreMap: true }),
    map,
    rawMember({ content: 'data' }).subarray(512),
    rawMember({ name: 'next' }),
  ]);
  assert.deepEqual(
    parse(old).map(({ name, isSparse, content }) => [name, isSparse, content]),
    [
      ['s', true, 'data'],
      ['next', false, ''],
    ],
  );
});

test('a tar may end without its mark, and go on with anything after it', () => {
  assert.equal(parse(rawMember({ content: 'abc' })).length, 1);
  assert.equal(parse(Buffer.concat([rawMember({}), TAR_END, Buffer.from('anything')])).length, 1);
  assert.equal(parse(Buffer.alloc(0)).length, 0);
});

test('what is no tar is malformed', () => {
  const member = rawMember({ content: 'abc' });
  assert.throws(() => parse(rawMember({ checksum: '000000\0 ' })), malformed(/checksum/));
  assert.throws(() => parse(Buffer.from('no tar at all'.padEnd(600))), malformed(/checksum/));
  assert.throws(() => parse(member.subarray(0, 514)), malformed(/middle/));
  assert.throws(() => parse(member.subarray(0, 100)), malformed(/middle/));
  assert.throws(() => parse(Buffer.concat([Buffer.alloc(512), member])), malformed(/end mark/));
  assert.throws(() => parse(rawMember({ mode: '99999' })), malformed(/broken number/));
  assert.throws(() => parse(rawMember({ size: Buffer.alloc(12, 0xff) })), malformed(/negative/));
  assert.throws(() => parse(rawMember({ type: 'x', content: 'not a record' })), malformed(/pax/));
  assert.throws(() => parse(rawMember({ type: 'x', content: '99 path=a\n' })), malformed(/pax/));
  assert.throws(() => parse(rawMember({ type: 'L', size: 1 << 30 })), malformed(/too long/));
});

test('uninteresting content can be left out', () => {
  const tar = Buffer.concat([rawMember({ content: 'x'.repeat(5000) }), rawMember({ name: 'b' }), TAR_END]);
  const names: string[] = [];
  const parser = tarParser(({ name }) => void names.push(name));
  parser.push(tar.subarray(0, 600));
  const left = parser.skippable;
  parser.skip();
  parser.push(tar.subarray(600 + left));
  parser.finish();
  assert.deepEqual(names, ['a', 'b']);
  assert.equal(parser.isEnded, true);
});

test('any bytes give members or a LayerError', () => {
  fc.assert(
    fc.property(hostileBytes(MIXED), fc.integer({ min: 1, max: 2000 }), (bytes, size) => {
      try {
        assert.ok(parse(bytes, [size]).length <= bytes.length / 512);
      } catch (error) {
        assert.ok(error instanceof LayerError, String(error));
      }
    }),
    { numRuns: 1500 },
  );
});
