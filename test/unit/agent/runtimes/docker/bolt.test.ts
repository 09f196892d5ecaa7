import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readBolt } from '../../../../../agent/runtimes/docker/bolt.ts';

const PAGE = 1024;
const [BRANCH, LEAF] = [1, 2];

test('reads keys, buckets inside their parents and buckets with pages of their own', () => {
  const inline = Buffer.concat([bucket(0), page(LEAF, [leaf('chainid', 'sha256:1')])]);
  const file = database(3, [
    page(LEAF, [leaf('a', 'plain'), leaf('b', inline, true), leaf('c', bucket(4), true)]),
    page(LEAF, [leaf('size', '17'), leaf('empty', '')]),
  ]);
  assert.deepEqual(readBolt(file), [
    { key: 'a', value: 'plain' },
    { key: 'b', value: [{ key: 'chainid', value: 'sha256:1' }] },
    {
      key: 'c',
      value: [
        { key: 'size', value: '17' },
        { key: 'empty', value: '' },
      ],
    },
  ]);
});

test('follows branches, in order', () => {
  const file = database(3, [
    page(BRANCH, [branch('a', 5), branch('c', 4)]),
    page(LEAF, [leaf('c', '3')]),
    page(LEAF, [leaf('a', '1'), leaf('b', '2')]),
  ]);
  assert.deepEqual(
    readBolt(file).map(({ value }) => value),
    ['1', '2', '3'],
  );
});

test('reads by the newer meta page, and by the other when one is torn', () => {
  const file = database(3, [page(LEAF, [leaf('old', '')]), page(LEAF, [leaf('new', '')])]);
  meta(1, 4, 8n).copy(file, PAGE);
  assert.deepEqual(readBolt(file), [{ key: 'new', value: '' }]);
  const torn = Buffer.from(file).fill(0, PAGE + 16, PAGE + 24);
  assert.deepEqual(readBolt(torn), [{ key: 'old', value: '' }]);
});

test('a database that points at itself ends in an error', () => {
  assert.throws(() => readBolt(database(3, [page(BRANCH, [branch('a', 3), branch('b', 3)])])), RangeError);
  assert.throws(() => readBolt(database(3, [page(LEAF, [leaf('a', bucket(3), true)])])), RangeError);
});

test('any bytes give entries or a RangeError', () => {
  const whole = database(3, [page(LEAF, [leaf('b', bucket(4), true)]), page(LEAF, [leaf('size', '17')])]);
  const damaged = fc
    .array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 40 })
    .map((changes) => {
      const bytes = Buffer.from(whole);
      for (const [at, value] of changes) bytes[at] = value;
      return bytes;
    });
  fc.assert(
    fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 4_096 })), (bytes) => {
      try {
        assert.ok(Array.isArray(readBolt(bytes)));
      } catch (error) {
        assert.ok(error instanceof RangeError, String(error));
      }
    }),
    { numRuns: 2_000 },
  );
});

function database(root: number, pages: readonly Buffer[]): Buffer {
  const full = pages.map((one) => Buffer.concat([one, Buffer.alloc(PAGE - one.length)]));
  return Buffer.concat([meta(0, root, 1n), meta(1, root, 2n), Buffer.alloc(PAGE), ...full]);
}

function meta(id: number, root: number, transaction: bigint): Buffer {
  const bytes = Buffer.alloc(PAGE);
  bytes.writeBigUInt64LE(BigInt(id), 0);
  bytes.writeUInt16LE(4, 8);
  bytes.writeUInt32LE(0xed0cdaed, 16);
  bytes.writeUInt32LE(2, 20);
  bytes.writeUInt32LE(PAGE, 24);
  bytes.writeBigUInt64LE(BigInt(root), 32);
  bytes.writeBigUInt64LE(transaction, 64);
  return bytes;
}

interface Element {
  readonly head: (position: number) => Buffer;
  readonly body: Buffer;
}

function page(flags: number, elements: readonly Element[]): Buffer {
  const header = Buffer.alloc(16);
  header.writeUInt16LE(flags, 8);
  header.writeUInt16LE(elements.length, 10);
  const heads: Buffer[] = [];
  let bodiesBefore = 0;
  for (const [at, { head, body }] of elements.entries()) {
    heads.push(head((elements.length - at) * 16 + bodiesBefore));
    bodiesBefore += body.length;
  }
  return Buffer.concat([header, ...heads, ...elements.map(({ body }) => body)]);
}

function leaf(key: string, value: string | Buffer, isBucket = false): Element {
  return {
    head(position) {
      const bytes = Buffer.alloc(16);
      const values = [Number(isBucket), position, key.length, value.length];
      values.forEach((one, at) => bytes.writeUInt32LE(one, at * 4));
      return bytes;
    },
    body: Buffer.concat([Buffer.from(key), Buffer.from(value)]),
  };
}

function branch(key: string, child: number): Element {
  return {
    head(position) {
      const bytes = Buffer.alloc(16);
      bytes.writeUInt32LE(position, 0);
      bytes.writeUInt32LE(key.length, 4);
      bytes.writeBigUInt64LE(BigInt(child), 8);
      return bytes;
    },
    body: Buffer.from(key),
  };
}

function bucket(root: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64LE(BigInt(root), 0);
  return bytes;
}
