import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PolicyError, readPolicy } from '../../../../core/cleanup/policy-json.ts';
import { DEFAULT_POLICY } from '../../../../core/cleanup/policy.ts';

test('what is left out is as by default', () => {
  assert.deepEqual(readPolicy({}), DEFAULT_POLICY);
});

test('every part is read, and read again from its own JSON', () => {
  const policy = readPolicy({
    unusedForMs: 1,
    minimumAgeMs: 2,
    keepNewest: 3,
    only: ['ghcr.io/**'],
    never: ['redis:*', 'sha256:ab*'],
    disk: { bytes: { high: 85, low: 80.5 }, inodes: { high: 90, low: 0 } },
    verdicts: [{ digest: 'sha256:1', reason: 'end of life' }],
    verdictsOnly: true,
    unpullable: true,
    limits: { images: 1, seconds: 60 },
    graceMs: 0,
  });
  assert.deepEqual(policy.limits, { images: 1, seconds: 60 });
  assert.deepEqual(policy.disk?.bytes, { high: 85, low: 80.5 });
  assert.deepEqual(readPolicy(JSON.parse(JSON.stringify(policy))), policy);
});

const WRONG: readonly (readonly [unknown, RegExp])[] = [
  [[], /the policy is a JSON object/],
  [{ nevr: ['redis'] }, /"nevr" is no part of a policy/],
  [{ unusedForMs: -1 }, /unusedForMs is a whole number/],
  [{ keepNewest: '3' }, /keepNewest is a whole number/],
  [{ never: 'redis' }, /never is a list/],
  [{ never: [''] }, /never has texts/],
  [{ only: ['a b'] }, /"a b" under only is no pattern/],
  [{ verdictsOnly: 1 }, /verdictsOnly is true or false/],
  [{ verdicts: [{ digest: 'sha256:1' }] }, /verdicts has texts/],
  [{ limits: { image: 1 } }, /"image" is no limit/],
  [{ disk: { bytes: { high: 80, low: 85 } } }, /low 85 and high 80/],
  [{ disk: { bytes: { high: 80 } } }, /two percents/],
  [{ disk: { memory: {} } }, /"memory" is no disk mark/],
];

for (const [json, message] of WRONG) {
  test(`refused: ${JSON.stringify(json)}`, () => {
    assert.throws(() => readPolicy(json), { name: 'PolicyError', message });
  });
}

test('any JSON is a policy or a PolicyError', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom('', ...Object.keys(DEFAULT_POLICY), 'disk'), (value, key) => {
      try {
        readPolicy(key === '' ? value : { [key]: value });
      } catch (error) {
        assert.ok(error instanceof PolicyError, String(error));
      }
    }),
  );
});
