import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareRpmVersions } from '../../../../core/versions/rpm.ts';
import { assertAscending, assertOrder, versionLike } from '../../../support/version-order.ts';

test('rpm versions rise in the order that rpm documents', () => {
  assertAscending(compareRpmVersions, [
    '1.0~beta',
    '1.0~rc1',
    '1.0',
    '1.0-1.el8',
    '1.0-1.el9',
    '1.0-2',
    '1.0-10',
    '1.0^20230101git-1',
    '1.0^20230102git-1',
    '1.0a',
    '1.0.1',
    '1.0.1^1',
    '1.9',
    '1.10',
    '99999999999999999999998',
    '99999999999999999999999',
    '1:0.1',
    '10:0.1',
  ]);
});

test('a missing epoch is 0, and separators and leading zeros do not count', () => {
  for (const [a, b] of [
    ['1.0-1', '0:1.0-1'],
    ['1.0', ':1.0'],
    ['1.0', '1_0'],
    ['1.05', '1.5'],
  ] as const) {
    assert.equal(compareRpmVersions(a, b), 0, `${a} and ${b}`);
  }
});

test('of equal versions the one without a release comes first', () => {
  assertAscending(compareRpmVersions, ['1.0', '1.0-0']);
});

test('digits are newer than letters', () => {
  assertAscending(compareRpmVersions, ['1.a', '1.1', '1.1a', '1.1.1']);
});

test('any texts have a consistent order', () => {
  const parts = '019az~^.-:'.split('');
  const version = fc.array(fc.constantFrom(...parts), { maxLength: 8 }).map((chosen) => chosen.join(''));
  fc.assert(fc.property(version, version, version, (a, b, c) => assertOrder(compareRpmVersions, a, b, c)));
  fc.assert(
    fc.property(versionLike, versionLike, versionLike, (a, b, c) => assertOrder(compareRpmVersions, a, b, c)),
  );
});
