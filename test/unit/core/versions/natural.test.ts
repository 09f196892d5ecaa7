import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareNatural } from '../../../../core/versions/natural.ts';
import { assertAscending, assertOrder, versionLike } from '../../../support/version-order.ts';

test('orders as a person expects', () => {
  assertAscending(compareNatural, [
    '1.9',
    '1.10',
    '1.10.1',
    '2.0~1',
    '2.0-dev',
    '2.0alpha2',
    '2.0-rc1',
    '2.0',
    '2.1',
  ]);
  assertAscending(compareNatural, ['1.1.1', '1.1.1a', '1.1.1k', '1.1.1za', '1.1.1.1', '1.1.2']);
  assertAscending(compareNatural, ['', '8u9', '8u401-b08', '21']);
});

test('separators and leading zeros make no difference', () => {
  assert.equal(compareNatural('1.02_3', '1-2+03'), 0);
});

test('numbers of any length compare by value', () => {
  assert.ok(compareNatural('123456789012345678901234567890', '123456789012345678901234567891') < 0);
});

test('is an order over any texts', () => {
  fc.assert(
    fc.property(versionLike, versionLike, versionLike, (a, b, c) => assertOrder(compareNatural, a, b, c)),
  );
});
