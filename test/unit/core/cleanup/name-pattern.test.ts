import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { namePattern } from '../../../../core/cleanup/name-pattern.ts';
import { parseReference } from '../../../../core/cleanup/image-reference.ts';

const DIGEST = `sha256:${'ab'.repeat(32)}`;

const CASES: readonly (readonly [pattern: string, name: string, means: boolean])[] = [
  ['redis', 'docker.io/library/redis:7', true],
  ['redis', `docker.io/library/redis@${DIGEST}`, true],
  ['redis:*', 'docker.io/library/redis:7', true],
  ['redis:*', 'docker.io/library/redis-stack:7', false],
  ['redis', 'docker.io/library/redis-stack:7', false],
  ['redis:7.*', 'redis:7.2.1', true],
  ['redis:7.*', 'redis:8', false],
  ['redis', 'ghcr.io/library/redis:7', false],
  ['docker.io/redis', 'docker.io/library/redis:7', true],
  ['host:5000/app:*', 'host:5000/app:1', true],
  ['host:5000/app:*', 'host:5000/other:1', false],
  ['host:5000/app:*', 'host:5001/app:1', false],
  ['host:5000/app', 'host:5000/app/part:1', false],
  ['host:5000/**', 'host:5000/app/part:1', true],
  ['host:5000/*', 'host:5000/app/part:1', false],
  ['*/app', 'ghcr.io/app:1', true],
  ['*/app', 'ghcr.io/team/app:1', false],
  ['**/app', 'ghcr.io/team/app:1', true],
  ['**', 'anything/at/all:1', true],
  ['**', DIGEST, false],
  ['ghcr.io/*/pause*:3.*', 'ghcr.io/team/pause-amd64:3.9', true],
  ['localhost/app', 'localhost/app:1', true],
  ['localhost/app', 'docker.io/localhost/app:1', false],
  [DIGEST, DIGEST, true],
  [DIGEST, `ghcr.io/app@${DIGEST}`, true],
  ['sha256:abab*', DIGEST, true],
  ['sha256:abab', DIGEST, false],
  [`ghcr.io/app@${DIGEST}`, `ghcr.io/app@${DIGEST}`, true],
  [`ghcr.io/app@${DIGEST}`, 'ghcr.io/app:1', false],
  ['app:a*b*c', 'app:a-b-b-c', true],
  ['app:a*b*c', 'app:a-c-b', false],
  ['**/b/*c', 'x.y/b/b/bc', true],
];

for (const [pattern, name, means] of CASES) {
  test(`${pattern} ${means ? 'means' : 'does not mean'} ${name}`, () => {
    assert.equal(namePattern(pattern)?.(name), means);
  });
}

test('what is no pattern is said to be none', () => {
  for (const text of ['', 'a b', ':tag', '@sha256:1', 'x'.repeat(1000)]) {
    assert.equal(namePattern(text), undefined, text);
  }
});

test('a pattern made to confuse is decided at once', () => {
  const pattern = namePattern(`app:${'*a'.repeat(200)}`);
  assert.equal(pattern?.(`app:${'a'.repeat(100_000)}b`), false);
  assert.equal(namePattern(`${'**/'.repeat(150)}x`)?.(`${'a/'.repeat(30_000)}y`), false);
});

const pieces = fc.array(fc.constantFrom('a', 'b', '/', '*', '**'), { minLength: 1, maxLength: 8 });

test('globs mean what the regular expression of the same words means', () => {
  fc.assert(
    fc.property(pieces, fc.array(fc.constantFrom('a', 'b', '/'), { maxLength: 8 }), (parts, letters) => {
      const glob = parts.join('');
      const words = glob.replace(/\*+/g, (stars) => (stars.length > 1 ? '.*' : '[^/]*'));
      const name = `x.y/${letters.join('')}`;
      assert.equal(namePattern(`x.y/${glob}`)?.(name), new RegExp(`^x\\.y/${words}$`).test(name));
    }),
  );
});

test('names are taken apart as engines do it', () => {
  assert.deepEqual(parseReference('redis'), { repository: 'docker.io/library/redis' });
  assert.deepEqual(parseReference('host:5000/app'), { repository: 'host:5000/app' });
  assert.deepEqual(parseReference(`host:5000/app:1@${DIGEST}`), {
    repository: 'host:5000/app',
    tag: '1',
    digest: DIGEST,
  });
  assert.equal(parseReference('<none>:<none>'), undefined);
  assert.equal(parseReference(DIGEST), undefined);
});
