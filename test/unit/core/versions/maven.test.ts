import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { versionOrder } from '../../../../core/versions/index.ts';
import { compareMavenVersions } from '../../../../core/versions/maven.ts';
import { assertAscending, versionLike } from '../../../support/version-order.ts';

test('Maven versions rise in the order that Maven documents', () => {
  assertAscending(compareMavenVersions, [
    '1-alpha',
    '1-beta',
    '1-milestone',
    '1-rc',
    '1-snapshot',
    '1',
    '1-sp',
    '1-whatever',
    '1-1-snapshot',
    '1-1',
    '1-2',
    '1.1.alpha1',
    '1.1',
    '1.1-jre',
    '1.1-jre2',
    '1.1.1',
    '1.9',
    '1.10',
    '99999999999999999999998',
    '99999999999999999999999',
  ]);
});

const EQUAL = [
  ['1', '1.0.0'],
  ['1', '1-ga'],
  ['1', '1-0'],
  ['1.0', '1.0.Final'],
  ['1.0', '1.0.RELEASE'],
  ['1.0-RC1', '1.0-cr1'],
  ['1-alpha1', '1-a1'],
  ['1-alpha-1', '1-alpha1'],
  ['1-m3', '1Milestone3'],
  ['1.05', '1.5'],
  ['1.0alpha1', '1.0-a1'],
] as const;

for (const [a, b] of EQUAL) {
  test(`${a} is ${b}`, () => assert.equal(Math.sign(compareMavenVersions(a, b)), 0));
}

test('versions of much used libraries rise as their makers released them', () => {
  assertAscending(compareMavenVersions, [
    '30.1.1-android',
    '30.1.1-jre',
    '31.0-android',
    '31.0.1-jre',
    '31.1-jre',
  ]);
  assertAscending(compareMavenVersions, ['4.1.99.Final', '4.1.100.Final', '5.0.0.Alpha1', '5.0.0.Alpha2']);
  assertAscending(compareMavenVersions, [
    '2.0-beta9',
    '2.0-rc1',
    '2.0',
    '2.0.1',
    '2.12.4',
    '2.15.0',
    '2.17.1',
  ]);
  assertAscending(compareMavenVersions, [
    '5.3.0-M1',
    '5.3.0-RC2',
    '5.3.0',
    '5.3.18',
    '6.0.0-SNAPSHOT',
    '6.0.0',
  ]);
});

test('any two texts have an order, the other way round the opposite one', () => {
  const parts = '019ambx.-_'.split('').concat('alpha', 'rc', 'final', 'sp', 'snapshot');
  const version = fc.array(fc.constantFrom(...parts), { maxLength: 8 }).map((chosen) => chosen.join(''));
  const any = fc.oneof(version, versionLike);
  fc.assert(
    fc.property(any, any, (a, b) => {
      assert.equal(compareMavenVersions(a, a), 0);
      assert.equal(Math.sign(compareMavenVersions(a, b)) || 0, -Math.sign(compareMavenVersions(b, a)) || 0);
    }),
  );
});

test('only the beginning of an endless version counts', () => {
  const long = '1-'.repeat(100_000);
  assert.equal(compareMavenVersions(`${long}1`, `${long}2`), 0);
});

test('packages of type maven have this order', () => {
  assert.equal(versionOrder('maven'), compareMavenVersions);
});
