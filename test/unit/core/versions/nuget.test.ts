import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { versionOrder } from '../../../../core/versions/index.ts';
import { compareNugetVersions } from '../../../../core/versions/nuget.ts';
import { assertAscending, assertOrder, versionLike } from '../../../support/version-order.ts';

test('NuGet versions rise in the order that NuGet documents', () => {
  assertAscending(compareNugetVersions, [
    'not a version',
    '0.9',
    '1.0.1-2',
    '1.0.1-10',
    '1.0.1-aaa',
    '1.0.1-alpha.2',
    '1.0.1-alpha.10',
    '1.0.1-alpha.10.1',
    '1.0.1-alpha10',
    '1.0.1-alpha2',
    '1.0.1-beta',
    '1.0.1-open',
    '1.0.1-rc.10',
    '1.0.1-zzz',
    '1.0.1',
    '1.0.1.1',
    '1.0.2',
    '1.9',
    '1.10',
    '99999999999999999999998.0',
    '99999999999999999999999.0',
  ]);
});

const EQUAL = [
  ['1', '1.0.0.0'],
  ['1.01', '1.1'],
  ['1.0.0-Beta', '1.0-beta'],
  ['1.0.0+7bba3f1', '1.0.0+9e4d'],
  ['8.0.0-rc.1.23419.4', '8.0.0-RC.1.23419.4+abc'],
  [' 4.3.0', 'v4.3.0'],
] as const;

for (const [a, b] of EQUAL) {
  test(`${a} is ${b}`, () => assert.equal(compareNugetVersions(a, b), 0));
}

test('any texts have a consistent order', () => {
  const parts = '019az.-+'.split('');
  const version = fc.array(fc.constantFrom(...parts), { maxLength: 8 }).map((chosen) => chosen.join(''));
  const any = fc.oneof(version, versionLike);
  fc.assert(fc.property(any, any, any, (a, b, c) => assertOrder(compareNugetVersions, a, b, c)));
});

test('packages of type nuget have this order', () => {
  assert.equal(versionOrder('nuget'), compareNugetVersions);
});
