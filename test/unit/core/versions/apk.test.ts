import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareApkVersions } from '../../../../core/versions/apk.ts';
import { assertAscending, assertOrder, versionLike } from '../../../support/version-order.ts';

test('apk versions rise in the order that apk-package(5) describes', () => {
  assertAscending(compareApkVersions, [
    '1.0_alpha',
    '1.0_alpha1',
    '1.0_beta',
    '1.0_pre',
    '1.0_rc1',
    '1.0_rc2-r5',
    '1.0',
    '1.0-r0',
    '1.0-r1',
    '1.0-r10',
    '1.0_cvs',
    '1.0_svn',
    '1.0_git20230101',
    '1.0_git20230102',
    '1.0_hg',
    '1.0_p1-r2',
    '1.0_p10',
    '1.0a',
    '1.0b-r1',
    '1.0.1',
    '1.2',
    '1.10',
    '20230101',
  ]);
});

test('suffixes follow each other', () => {
  assertAscending(compareApkVersions, [
    '1.0_alpha_pre2',
    '1.0_alpha',
    '1.0_alpha1',
    '1.0_alpha_p1',
    '1.0_beta',
  ]);
});

test('a number with a leading zero compares as text, unless it is the first', () => {
  assertAscending(compareApkVersions, ['8.2.0', '8.2.0015', '8.2.002', '8.2.1']);
  assert.equal(compareApkVersions('006', '6'), 0);
});

test('a commit hash sorts after the suffixes and before the revision', () => {
  assertAscending(compareApkVersions, ['1.0-r1', '1.0~1234abcd-r0', '1.0~1234abce-r0', '1.0_p1']);
});

test('text that breaks the form compares by what comes before the break', () => {
  assert.ok(compareApkVersions('1.0bc', '1.0') > 0);
  assert.ok(compareApkVersions('23_foo', '4_beta') > 0);
  assert.equal(compareApkVersions('1.0_foo', '1.0_bar'), 0);
  assert.equal(compareApkVersions('', 'x'), 0);
});

test('any texts have a consistent order', () => {
  const parts = ['0', '1', '10', '.', '.0', 'a', '_rc', '_p', '~a', '-r', '-r1', 'x_'];
  const version = fc.array(fc.constantFrom(...parts), { maxLength: 8 }).map((chosen) => chosen.join(''));
  fc.assert(fc.property(version, version, version, (a, b, c) => assertOrder(compareApkVersions, a, b, c)));
  fc.assert(
    fc.property(versionLike, versionLike, versionLike, (a, b, c) => assertOrder(compareApkVersions, a, b, c)),
  );
});
