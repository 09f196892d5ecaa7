import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { PackageType } from '../../../core/facts.ts';
import { inRange, parseQuery, QueryError } from '../../../core/version-range.ts';
import { versionLike } from '../../support/version-order.ts';

function rangeOf(text: string): string {
  return parseQuery(text)
    .range.map(({ operator, version }) => `${operator}${version}`)
    .join(' ');
}

const names: readonly (readonly [string, string, string])[] = [
  ['openssl', 'openssl', ''],
  ['  openssl  ', 'openssl', ''],
  ['libstdc++6', 'libstdc++6', ''],
  ['@scope/name', '@scope/name', ''],
  ['golang.org/x/net', 'golang.org/x/net', ''],
  ['openssl@3.0.11', 'openssl', '=3.0.11'],
  ['openssl=3.0.11', 'openssl', '=3.0.11'],
  ['openssl == 3.0.11', 'openssl', '=3.0.11'],
  ['@scope/name@1.2.3', '@scope/name', '=1.2.3'],
  ['openssl<3.0.15', 'openssl', '<3.0.15'],
  ['openssl <= 1:3.0.15-1~deb12u1', 'openssl', '<=1:3.0.15-1~deb12u1'],
  ['lodash >=4.0 <4.17.21', 'lodash', '>=4.0 <4.17.21'],
  ['lodash>=4.0,<4.17.21', 'lodash', '>=4.0 <4.17.21'],
  ['golang.org/x/net > v0.17.0', 'golang.org/x/net', '>v0.17.0'],
];

for (const [text, name, range] of names) {
  test(`reads the query "${text}"`, () => {
    const query = parseQuery(text);
    assert.equal(query.kind === 'name' && query.name, name);
    assert.equal(rangeOf(text), range);
  });
}

test('reads a purl, alone or with a range', () => {
  const query = parseQuery('pkg:deb/debian/openssl@3.0.11-1?arch=amd64&distro=debian-12');
  assert.equal(query.kind === 'purl' && query.purl.version, '3.0.11-1');
  assert.deepEqual(query.range, []);
  const ranged = parseQuery('pkg:npm/%40types/node >=20 <22');
  assert.equal(ranged.kind === 'purl' && ranged.purl.namespace, '@types');
  assert.equal(rangeOf('pkg:npm/%40types/node>=20<22'), '>=20 <22');
});

const refused: readonly (readonly [string, QueryError['code']])[] = [
  ['', 'name'],
  ['<3', 'name'],
  ['x'.repeat(3000), 'name'],
  ['openssl 3.0.11', 'range'],
  ['openssl <', 'range'],
  ['openssl <3 or >4', 'range'],
  ['openssl !=3', 'range'],
  ['lodash ^4', 'range'],
  ['openssl<3 ,', 'range'],
  ['pkg:npm/lodash@4.17.20 <5', 'range'],
  ['pkg:npm', 'purl'],
];

for (const [text, code] of refused) {
  test(`refuses the query "${text.slice(0, 30)}": ${code}`, () => {
    assert.throws(
      () => parseQuery(text),
      (error) => error instanceof QueryError && error.code === code && error.message.length > 20,
    );
  });
}

test('any text is a query or refused with a QueryError', () => {
  const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'pkg:a/@<>=, 1.'.split('')) }));
  fc.assert(
    fc.property(text, (given) => {
      try {
        parseQuery(given);
      } catch (error) {
        assert.ok(error instanceof QueryError, String(error));
      }
    }),
  );
});

const cases: readonly (readonly [PackageType, string, string, boolean])[] = [
  ['npm', '4.17.20', 'x>=4.0 <4.17.21', true],
  ['npm', '4.17.21', 'x>=4.0 <4.17.21', false],
  ['npm', '4.17.20', 'x@4.17.20', true],
  ['golang', 'v0.17.0', 'x<0.23', true],
  ['golang', 'v0.23.0', 'x<0.23', false],
  ['golang', '1.22', 'x<1.22.1', true],
  ['pypi', '2.0rc1', 'x<2', true],
  ['generic', '1.1.1w', 'x<3', true],
  ['deb', '3.0.11-1~deb12u2', 'x<=3.0.11', true],
  ['deb', '3.0.11-1~deb12u2', 'x<3.0.11', false],
  ['deb', '3.0.11-1~deb12u2', 'x@3.0.11', true],
  ['deb', '3.0.11-1~deb12u2', 'x<3.0.11-1', true],
  ['deb', '3.0.11-1~deb12u2', 'x@3.0.11-1', false],
  ['deb', '1:2.39.2-1', 'x<2.40', true],
  ['deb', '1:2.39.2-1', 'x<1:2.39', false],
  ['rpm', '1:3.0.7-27.el9', 'x<3.0.15', true],
  ['rpm', '1:3.0.7-27.el9', 'x<=3.0.7', true],
  ['rpm', '1:3.0.7-27.el9', 'x<0:9', false],
  ['rpm', '3.0.7-27.el9', 'x>=3.0.7-28.el9', false],
  ['apk', '3.1.4-r5', 'x<=3.1.4', true],
  ['apk', '3.1.4-r5', 'x<3.1.4-r6', true],
  ['apk', '3.1.4-r5', 'x=3.1.4', true],
];

for (const [type, version, query, expected] of cases) {
  test(`${type} ${version} is ${expected ? '' : 'not '}in "${query}"`, () => {
    assert.equal(inRange(type, version, parseQuery(query).range), expected);
  });
}

test('an unknown version is in the open range only', () => {
  assert.equal(inRange('golang', '', []), true);
  assert.equal(inRange('golang', '', parseQuery('x>=0').range), false);
});

const types: readonly PackageType[] = ['apk', 'deb', 'generic', 'golang', 'npm', 'pypi', 'rpm'];

test('in every ecosystem a version is either below a bound or not below it', () => {
  fc.assert(
    fc.property(fc.constantFrom(...types), versionLike, versionLike, (type, version, bound) => {
      fc.pre(version !== '');
      const is = (operator: '<' | '>=') => inRange(type, version, [{ operator, version: bound }]);
      assert.notEqual(is('<'), is('>='));
    }),
  );
});
