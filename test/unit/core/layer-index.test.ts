import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  decodeLayerIndex,
  encodeLayerIndex,
  layerIndexBuilder,
  MAX_PATH_UNITS,
} from '../../../core/layer-index.ts';
import { pathQuery } from '../../../core/index-search.ts';
import type { EntryKind, LayerEntry } from '../../../core/layer.ts';

const PLAIN_KINDS: readonly EntryKind[] = ['file', 'directory', 'opaque', 'whiteout', 'other'];

/** Any strings, with what is odd more often than chance has it: long shared beginnings, lone surrogates. */
const text = fc.oneof(
  fc.string({ minLength: 1, maxLength: 60 }),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { minLength: 1, maxLength: 20 })
    .map((units) => String.fromCharCode(...units)),
  fc
    .array(fc.constantFrom('usr', 'share', 'doc', 'é', 'a'.repeat(40)), { minLength: 1, maxLength: 8 })
    .map((parts) => parts.join('/')),
);
const entry: fc.Arbitrary<LayerEntry> = fc.oneof(
  fc.tuple(text, fc.constantFrom(...PLAIN_KINDS)).map(([path, kind]) => ({ path, kind })),
  fc
    .tuple(text, fc.oneof(text, fc.constant('')))
    .map(([path, target]) => ({ path, kind: 'symlink' as const, target })),
  text.map((path) => ({ path, kind: 'symlink' as const })),
);

function encode(entries: readonly LayerEntry[], opaqueBlind = false): Uint8Array {
  return encodeLayerIndex({ opaqueBlind, entries: () => entries });
}

test('any entries survive encoding', () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 40 }), fc.boolean(), (entries, opaqueBlind) => {
      const index = decodeLayerIndex('sha256:a', encode(entries, opaqueBlind));
      assert.deepEqual([...index.entries()], entries);
      assert.equal(index.entryCount, entries.length);
      assert.equal(index.opaqueBlind, opaqueBlind);
      assert.equal(index.diffId, 'sha256:a');
    }),
  );
});

test('what is found at paths is what going through all entries gives', () => {
  const asked = fc.array(fc.oneof(fc.nat({ max: 39 }), text), { maxLength: 6 });
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 40 }), asked, (entries, picks) => {
      const paths = new Set(
        picks.map((pick) => (typeof pick === 'string' ? pick : (entries[pick]?.path ?? ''))),
      );
      const index = decodeLayerIndex('', encode(entries));
      assert.deepEqual(
        [...index.find(pathQuery(paths))],
        entries.filter(({ path }) => paths.has(path)),
      );
    }),
    { numRuns: 1000 },
  );
});

test('entries can be decoded more than once', () => {
  const index = decodeLayerIndex('', encode([{ path: 'a', kind: 'file' }]));
  assert.deepEqual([...index.entries()], [...index.entries()]);
});

test('the longest path and target survive, longer ones are refused', () => {
  const longest = '€'.repeat(MAX_PATH_UNITS);
  const entries: LayerEntry[] = [{ path: longest, kind: 'symlink', target: longest }];
  assert.deepEqual([...decodeLayerIndex('', encode(entries)).entries()], entries);
  const builder = layerIndexBuilder();
  assert.throws(() => builder.add(`${longest}x`, 'file'), RangeError);
  assert.throws(() => builder.add('a', 'symlink', `${longest}x`), RangeError);
  assert.throws(() => builder.add('', 'file'), RangeError);
});

test('a tree of neighbors takes few bytes a name', () => {
  const builder = layerIndexBuilder();
  for (let at = 0; at < 10_000; at++) builder.add(`usr/share/doc/package-${at >> 3}/file-${at & 7}`, 'file');
  assert.ok(builder.byteLength / builder.entryCount < 12, String(builder.byteLength));
});

test('any bytes give entries or an Error, soon', () => {
  const seed = encode([
    { path: 'usr', kind: 'directory' },
    { path: 'usr/lib', kind: 'symlink', target: 'lib64' },
    { path: 'usr/libé', kind: 'file' },
  ]);
  const change = fc.record({ at: fc.nat({ max: seed.length - 1 }), byte: fc.nat({ max: 255 }) });
  const changed = fc.array(change, { minLength: 1, maxLength: 5 }).map((changes) => {
    const bytes = Uint8Array.from(seed);
    for (const { at, byte } of changes) bytes[at] = byte;
    return bytes;
  });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), changed), (bytes) => {
      try {
        const index = decodeLayerIndex('', bytes);
        assert.ok([...index.find(pathQuery(new Set(['usr', 'usr/lib'])))].length <= bytes.length);
        let count = 0;
        for (const { path } of index.entries()) {
          assert.ok(path.length > 0 && path.length <= MAX_PATH_UNITS);
          count++;
        }
        assert.ok(count <= bytes.length);
      } catch (error) {
        assert.match(String(error), /layer index/);
      }
    }),
    { numRuns: 2000 },
  );
});

test('an index that is cut, or goes on, is malformed', () => {
  const bytes = encode([
    { path: 'a', kind: 'file' },
    { path: 'b', kind: 'symlink', target: 'c' },
  ]);
  assert.throws(() => [...decodeLayerIndex('', bytes.subarray(0, -1)).entries()], /malformed/);
  assert.throws(
    () => [...decodeLayerIndex('', Buffer.concat([bytes, Buffer.from([0])])).entries()],
    /malformed/,
  );
  assert.throws(() => decodeLayerIndex('', Buffer.from('TLX')), /not a layer index/);
});
