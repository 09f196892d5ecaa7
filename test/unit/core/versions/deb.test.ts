import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareDebVersions } from '../../../../core/versions/deb.ts';
import { assertAscending, assertOrder, versionLike } from '../../../support/version-order.ts';

test('Debian versions rise in the order that deb-version(7) describes', () => {
  assertAscending(compareDebVersions, [
    '1.0~~',
    '1.0~~a',
    '1.0~',
    '1.0',
    '1.0-0ubuntu1',
    '1.0-1~deb12u1',
    '1.0-1',
    '1.0-1ubuntu0.1',
    '1.0-1+b1',
    '1.0-1+deb12u1',
    '1.0-1.1',
    '1.0a-1',
    '1.0+dfsg-1',
    '1.0.1-1',
    '1.9-1',
    '1.10-1',
    '20230101',
    '99999999999999999999998',
    '99999999999999999999999',
    '1:0.1-1',
    '10:0.1-1',
  ]);
});

test('a missing epoch is 0, a missing revision equals 0, and leading zeros do not count', () => {
  for (const [a, b] of [
    ['1.0', '0:1.0'],
    ['1.0', '1.0-0'],
    ['1.01-02', '1.1-2'],
    ['1.0', ' 1.0 '],
  ] as const) {
    assert.equal(compareDebVersions(a, b), 0, `${a} and ${b}`);
  }
});

test('letters come before other characters, and upper case before lower', () => {
  assertAscending(compareDebVersions, ['1.0', '1.0Z', '1.0a', '1.0+', '1.0.']);
});

test('only the last dash begins the revision', () => {
  assert.ok(compareDebVersions('1.0-2-1', '1.0-1-9') > 0);
});

test('any texts have a consistent order', () => {
  const parts = '019az~+.-:A'.split('');
  const version = fc.array(fc.constantFrom(...parts), { maxLength: 8 }).map((chosen) => chosen.join(''));
  fc.assert(fc.property(version, version, version, (a, b, c) => assertOrder(compareDebVersions, a, b, c)));
  fc.assert(
    fc.property(versionLike, versionLike, versionLike, (a, b, c) => assertOrder(compareDebVersions, a, b, c)),
  );
});
