import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareGemVersions } from '../../../../core/versions/gem.ts';
import { assertAscending, assertOrder, versionLike } from '../../../support/version-order.ts';

test('versions of gems rise as those of Gem::Version do', () => {
  assertAscending(compareGemVersions, [
    '0.0.1',
    '1.0.a',
    '1.0.a.2',
    '1.0.b1',
    '1.0-1',
    '1.0.rc1',
    '1.0.rc2',
    '1.0.rc10',
    '1.0',
    '1.0.1',
    '1.9.3',
    '1.10',
    '2.0.0.pre2',
    '2',
    '99999999999999999999998',
    '99999999999999999999999',
  ]);
});

test('zeros at the end, or before a pre-release, do not count', () => {
  for (const [a, b] of [
    ['1', '1.0.0'],
    ['1.a', '1.0.0.a'],
    ['1.0.a.0', '1.a'],
    ['1.01', '1.1'],
    ['1.0-x', '1.pre.x'],
    ['', '0'],
  ] as const) {
    assert.equal(compareGemVersions(a, b), 0, `${a} and ${b}`);
  }
});

test('any texts have an order', () => {
  fc.assert(
    fc.property(versionLike, versionLike, versionLike, (a, b, c) => assertOrder(compareGemVersions, a, b, c)),
  );
});
