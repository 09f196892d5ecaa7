import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { python } from '../../../../../agent/catalogers/python/index.ts';
import { bufferFile } from '../../../../support/layer-file.ts';
import { zip, type ZipMember } from '../../../../support/zip.ts';

const path = 'usr/lib/python3/dist-packages/Shop-1.2-py3.11.egg';
const METADATA =
  'Metadata-Version: 2.1\nName: Shop\nVersion: 1.2\nLicense: MIT\nRequires-Dist: six\n\nA shop.\n';

function parse(content: Uint8Array): ReturnType<typeof python.parse> {
  return python.parse(bufferFile(path, Buffer.from(content)));
}

function egg(...members: readonly ZipMember[]): Buffer {
  return zip([{ name: 'shop/__init__.py', content: '' }, ...members]);
}

test('an egg that is an archive is known by the metadata in it', () => {
  assert.ok(python.candidates.accepts(path));
  for (const stored of [true, false]) {
    assert.deepEqual(parse(egg({ name: 'EGG-INFO/PKG-INFO', content: METADATA, stored })), {
      packages: [{ type: 'pypi', name: 'Shop', version: '1.2', licenses: ['MIT'], dependencies: ['six'] }],
    });
  }
});

test('what an egg needs is in its list, where its metadata do not say', () => {
  const metadata = { name: 'EGG-INFO/PKG-INFO', content: METADATA };
  const old = { name: 'EGG-INFO/PKG-INFO', content: METADATA.replace(/Requires.*\n/, '') };
  const requires = { name: 'EGG-INFO/requires.txt', content: 'Django>=1.8\npytz\n\n[test]\npytest\n' };
  const needs = (...members: readonly ZipMember[]) => parse(egg(...members)).packages?.[0]?.dependencies;
  assert.deepEqual(needs(old, requires), ['Django', 'pytz']);
  assert.deepEqual(needs(requires, old), ['Django', 'pytz']);
  assert.deepEqual(needs(metadata, requires), ['six']);
  assert.equal(needs(old), undefined);
  assert.deepEqual(parse(egg(requires)), {});
});

test('an archive without metadata, and what is no archive, are no package', () => {
  assert.deepEqual(parse(egg({ name: 'shop/EGG-INFO/PKG-INFO', content: METADATA })), {});
  assert.deepEqual(parse(Buffer.from(METADATA)), {});
});

test('metadata behind too many names are not found, or without what it needs, and that is said', () => {
  const names = Array.from({ length: 100_000 }, (_, i) => ({ name: `shop/${i}`, content: '', stored: true }));
  const metadata = { name: 'EGG-INFO/PKG-INFO', content: METADATA };
  const truncated = 'only the first 100000 names in the archive were read';
  assert.deepEqual(parse(zip([...names, metadata])), { truncated });
  const { packages, ...cut } = parse(zip([metadata, ...names]));
  assert.deepEqual([packages?.length, cut], [1, { truncated }]);
});

test('metadata that unfolds to more than any has is an error', () => {
  const content = Buffer.alloc(8 << 20, 'a');
  assert.throws(() => parse(egg({ name: 'EGG-INFO/PKG-INFO', content })), /larger than/);
});

test('a damaged egg is a package, nothing, or an error', () => {
  const whole = egg({ name: 'EGG-INFO/PKG-INFO', content: METADATA });
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
      const damaged = Buffer.from(whole);
      damaged[at] = byte;
      try {
        assert.ok((parse(damaged).packages?.length ?? 0) <= 1);
      } catch (error) {
        assert.ok(error instanceof Error);
      }
    }),
  );
});
