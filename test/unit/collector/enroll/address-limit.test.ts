import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AddressLimit } from '../../../../collector/enroll/address-limit.ts';

test('an address may ask fifty times at once and five times a second, and is told once that it is too often', () => {
  let now = 0;
  const limit = new AddressLimit(() => now);
  const answers = Array.from({ length: 60 }, () => limit.admit('10.0.0.1'));
  assert.equal(answers.filter((answer) => answer === 'in').length, 50);
  assert.equal(answers.filter((answer) => answer === 'over-first').length, 1);
  assert.equal(answers[50], 'over-first');
  assert.equal(limit.admit('10.0.0.2'), 'in');
  now += 1000;
  assert.equal(
    Array.from({ length: 10 }, () => limit.admit('10.0.0.1')).filter((one) => one === 'in').length,
    5,
  );
  assert.equal(limit.admit('10.0.0.1'), 'over');
});

test('any number of addresses takes a bounded memory, and those that ask are not forgotten', () => {
  const limit = new AddressLimit(() => 0);
  for (let call = 0; call < 60; call += 1) limit.admit('10.0.0.1');
  for (let other = 0; other < 20_000; other += 1) {
    limit.admit(`10.1.${other >> 8}.${other & 0xff}`);
    if (other % 1000 === 0) assert.equal(limit.admit('10.0.0.1'), 'over');
  }
});
