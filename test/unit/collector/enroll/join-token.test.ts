import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  isNodePattern,
  isTextOf,
  joinTokenId,
  matchesPattern,
  newJoinToken,
} from '../../../../collector/enroll/join-token.ts';

const order = { nodes: 'web-*', uses: 3, lifeMs: 1000, now: 5000, randomBytes };

test('a token is known again by its text alone, and nothing of the text is kept', () => {
  const { text, token } = newJoinToken(order);
  assert.match(text, /^tmj_[\w-]{43}$/);
  assert.equal(joinTokenId(text), token.id);
  assert.equal(isTextOf(token, text), true);
  assert.deepEqual(
    Buffer.from(token.hash),
    createHash('sha256').update(token.salt).update(text).digest(),
    'salted SHA-256',
  );
  assert.deepEqual(
    [token.nodes, token.uses, token.used, token.createdAt, token.expiresAt],
    ['web-*', 3, 0, 5000, 6000],
  );
  const kept = JSON.stringify({ ...token, salt: Buffer.from(token.salt), hash: Buffer.from(token.hash) });
  assert.equal(kept.includes(text.slice(-20)), false);
});

test('no other text is that of a token', () => {
  const { text, token } = newJoinToken(order);
  const other = fc.oneof(
    fc.string(),
    fc
      .nat(text.length - 1)
      .map((at) => text.slice(0, at) + (text[at] === 'x' ? 'y' : 'x') + text.slice(at + 1)),
    fc.constant(newJoinToken(order).text),
    fc.constant(`${text} `),
    fc.constant(text.slice(0, -1)),
  );
  fc.assert(
    fc.property(other, (wrong) => {
      assert.equal(isTextOf(token, wrong), false);
    }),
  );
});

for (const [pattern, fits, not] of [
  ['web-1', ['web-1'], ['web-10', 'aweb-1', 'WEB-1', '']],
  ['web-*', ['web-', 'web-1', 'web-1.example'], ['web', 'aweb-1']],
  ['*', ['', 'anything'], []],
  ['*.example', ['.example', 'a.example'], ['a.example.org', 'example']],
  ['a*b*c', ['abc', 'axbxc', 'abbc', 'abcbc'], ['ab', 'ac', 'acb']],
  ['a*a', ['aa', 'aba'], ['a']],
  ['**', ['', 'a'], []],
] as const) {
  test(`${pattern} means ${fits.map((name) => name || 'an empty name').join(', ')}`, () => {
    assert.deepEqual(
      fits.filter((name) => !matchesPattern(pattern, name)),
      [],
    );
    assert.deepEqual(
      not.filter((name) => matchesPattern(pattern, name)),
      [],
    );
  });
}

test('patterns mean what a regular expression of them means', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', '.', '-'), maxLength: 8 });
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(pattern, word, (glob, name) => {
      const parts = glob.split('*').map((part) => part.replaceAll('.', String.raw`\.`));
      assert.equal(matchesPattern(glob, name), new RegExp(`^${parts.join('.*')}$`).test(name));
    }),
    { numRuns: 1000 },
  );
});

test('a pattern has the letters of names and stars, and an end', () => {
  for (const good of ['*', 'node-1', 'a_b.c*']) assert.equal(isNodePattern(good), true);
  for (const bad of ['', 'a b', 'a/b', '[a]', 'a'.repeat(254), 'ä']) assert.equal(isNodePattern(bad), false);
});
