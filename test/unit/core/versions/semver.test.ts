import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareSemver } from '../../../../core/versions/semver.ts';
import { assertAscending, assertOrder, versionLike } from '../../../support/version-order.ts';

test('orders as semver.org clause 11 says', () => {
  assertAscending(compareSemver, [
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-alpha.beta',
    '1.0.0-beta',
    '1.0.0-beta.2',
    '1.0.0-beta.11',
    '1.0.0-rc.1',
    '1.0.0',
    '1.0.1',
    '1.9.0',
    '1.10.0',
    '2.0.0',
  ]);
});

test('orders Go module versions: pseudo-versions before the release they lead to', () => {
  assertAscending(compareSemver, [
    'v0.0.0-20190101000000-abcdefabcdef',
    'v0.0.0-20230101000000-000000000000',
    'v0.1.0',
    'v1.2.3-0.20220101000000-abcdefabcdef',
    'v1.2.3',
    'v1.2.4-0.20220101000000-abcdefabcdef',
    'v2.0.0+incompatible',
    'v2.0.1+incompatible',
  ]);
});

test("orders Go's own releases", () => {
  assertAscending(compareSemver, [
    'go1.9',
    '1.20rc1',
    '1.20rc2',
    '1.20rc10',
    '1.20',
    '1.20.1',
    '1.21.0',
    '1.22',
  ]);
});

test('a leading v, missing parts and build metadata make no difference', () => {
  for (const same of ['v4.0.0', '4', '4.0', '=4.0.0', ' 4.0.0 ', '4.0.0+build.7']) {
    assert.equal(compareSemver('4.0.0', same), 0, same);
  }
});

test('what is no version sorts below every version', () => {
  assertAscending(compareSemver, ['', '(devel)', '0.0.0-0', '0.0.0']);
  assert.ok(compareSemver('1.2.3.4', '0.0.1') < 0);
  assert.ok(compareSemver(`1.0.0-${'9'.repeat(300)}`, '0.0.1') < 0);
});

test('is an order over any texts', () => {
  fc.assert(
    fc.property(versionLike, versionLike, versionLike, (a, b, c) => assertOrder(compareSemver, a, b, c)),
  );
});
