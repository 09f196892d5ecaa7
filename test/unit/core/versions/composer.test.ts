import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareComposerVersions } from '../../../../core/versions/composer.ts';
import { assertAscending, assertOrder, versionLike } from '../../../support/version-order.ts';

test('versions of Composer packages rise in its own order', () => {
  assertAscending(compareComposerVersions, [
    '1.0-dev',
    '1.0.0-alpha1',
    '1.0.0-alpha2',
    '1.0.0-beta',
    '1.0.0-RC1-dev',
    '1.0.0-RC1',
    '1.0.0-rc10',
    'v1.0',
    '1.0.0-p1',
    '1.0.1',
    'v1.9',
    '1.10.0.0',
    '2.x-dev',
    '2022.01.05',
    '20230105-1200',
    'dev-feature',
    'dev-main',
  ]);
});

test('what Composer normalizes away makes no difference', () => {
  for (const [a, b] of [
    ['v1.2', '1.2.0.0'],
    ['1.0.0+build.5', '1.0.0'],
    ['1.0.0@stable', '1.0.0'],
    ['1.0 as 2.0', '1.0'],
    ['1.0.0-b2', '1.0.0.beta-2'],
    ['1.0.0-stable', '1.0.0'],
    ['2.x-dev', '2.9999999.*-dev'],
    [' 1.0 ', '1.0'],
  ] as const) {
    assert.equal(compareComposerVersions(a, b), 0, `${a} and ${b}`);
  }
});

test('any texts have an order', () => {
  fc.assert(
    fc.property(versionLike, versionLike, versionLike, (a, b, c) =>
      assertOrder(compareComposerVersions, a, b, c),
    ),
  );
});

test('text made to confuse a pattern is compared at once', () => {
  const digits = '1'.repeat(200);
  assert.ok(compareComposerVersions(`1.0-beta${digits}!`, `1.0-beta${digits}`) !== 0);
  assert.ok(compareComposerVersions('1.'.repeat(50_000), '1') > 0);
});
