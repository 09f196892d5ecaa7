import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { comparePypiVersions } from '../../../../core/versions/pypi.ts';
import { assertAscending, assertOrder, versionLike } from '../../../support/version-order.ts';

test('orders as PEP 440 says', () => {
  assertAscending(comparePypiVersions, [
    '1.0.dev456',
    '1.0a1',
    '1.0a2.dev456',
    '1.0a12.dev456',
    '1.0a12',
    '1.0b1.dev456',
    '1.0b2',
    '1.0b2.post345.dev456',
    '1.0b2.post345',
    '1.0rc1.dev456',
    '1.0rc1',
    '1.0',
    '1.0+abc.5',
    '1.0+abc.7',
    '1.0+5',
    '1.0.post456.dev34',
    '1.0.post456',
    '1.0.15',
    '1.1.dev1',
    '1!0.1',
  ]);
  assert.equal(comparePypiVersions('1.0-RC1', 'v1.0.0c1'), 0);
});

test('versions from before PEP 440 sort below all others, as setuptools sorted them', () => {
  assertAscending(comparePypiVersions, [
    '0.1-bulbasaur',
    '0.1-ivysaur',
    '1.2.x',
    '2.0-final-1x',
    '0.0.1.dev0',
  ]);
});

/** Prints -1, 0 or 1 for each pair. pip carries the last release of packaging that still knew old versions. */
const oracle = `
import json, sys
from pip._vendor.packaging.version import LegacyVersion, parse
def order(a, b):
    a, b = parse(a), parse(b)
    return (a > b) - (a < b)
json.dump([order(a, b) for a, b in json.load(sys.stdin)], sys.stdout)
`;

function python(pairs: readonly (readonly [string, string])[]): {
  readonly orders?: readonly number[];
  readonly why: string;
} {
  const run = spawnSync('/usr/bin/python3', ['-W', 'ignore', '-c', oracle], {
    input: JSON.stringify(pairs),
    encoding: 'utf8',
  });
  return run.status === 0 ? { orders: JSON.parse(run.stdout), why: '' } : { why: run.stderr };
}

test('agrees with Python itself', { skip: python([]).orders ? false : "needs Debian's python3-pip" }, () => {
  const ascii = versionLike.map((version) => version.replace(/[^ -~]/g, ''));
  const pairs = fc.sample(fc.tuple(ascii, ascii), { numRuns: 3000, seed: 440 });
  const { orders, why } = python(pairs);
  assert.ok(orders, why);
  const ours = pairs.map(([a, b]) => Math.sign(comparePypiVersions(a, b)));
  const wrong = pairs.filter((_, i) => ours[i] !== orders[i]);
  assert.deepEqual(wrong, []);
});

test('is an order over any texts', () => {
  fc.assert(
    fc.property(versionLike, versionLike, versionLike, (a, b, c) =>
      assertOrder(comparePypiVersions, a, b, c),
    ),
  );
});
