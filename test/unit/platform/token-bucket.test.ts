import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TokenBucket } from '../../../platform/token-bucket.ts';

test('what was not used may be used at once, up to what fits', () => {
  const bucket = new TokenBucket(0.25, 15, 0);
  assert.equal(bucket.level(0), 15);
  assert.equal(bucket.level(3_600_000), 15);
  bucket.spend(15, 3_600_000);
  assert.equal(bucket.level(3_600_000), 0);
  assert.equal(bucket.level(3_604_000), 1);
});

test('what was overdrawn is made up for first', () => {
  const bucket = new TokenBucket(2, 10, 0);
  bucket.spend(16, 0);
  assert.equal(bucket.level(0), -6);
  assert.equal(bucket.level(3000), 0);
  assert.equal(bucket.level(4000), 2);
});

test('over any stretch no more is used than the bucket held and the time brought', () => {
  const bucket = new TokenBucket(0.25, 15, 0);
  let spent = 0;
  for (let now = 0; now <= 600_000; now += 100) {
    if (bucket.level(now) <= 0) continue;
    bucket.spend(0.1, now);
    spent += 0.1;
  }
  assert.ok(spent > 164 && spent < 165.2, String(spent));
});

test('a clock that stands still or goes back brings nothing', () => {
  const bucket = new TokenBucket(1, 10, 5000);
  bucket.spend(10, 5000);
  assert.equal(bucket.level(1000), 0);
  assert.equal(bucket.level(6000), 1);
});
