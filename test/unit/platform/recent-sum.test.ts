import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RecentSum } from '../../../platform/recent-sum.ts';

test('what is older than the span is forgotten, a slot at a time', () => {
  const recent = new RecentSum(60_000, 1000);
  recent.add(2, 500);
  recent.add(3, 900);
  recent.add(4, 1000);
  assert.equal(recent.total(60_999), 9);
  assert.equal(recent.total(61_000), 4);
  assert.equal(recent.total(62_000), 0);
});

test('it is never less than what came within the span, nor more than that and a slot', () => {
  const additions = fc.array(fc.tuple(fc.integer({ min: 0, max: 500 }), fc.nat(9)), { maxLength: 200 });
  fc.assert(
    fc.property(additions, (steps) => {
      const recent = new RecentSum(5000, 100);
      const all: { readonly at: number; readonly amount: number }[] = [];
      let now = 0;
      for (const [wait, amount] of steps) {
        now += wait;
        recent.add(amount, now);
        all.push({ at: now, amount });
        const since = (ms: number): number =>
          all.reduce((sum, one) => sum + (one.at > now - ms ? one.amount : 0), 0);
        assert.ok(since(5000) <= recent.total(now) && recent.total(now) <= since(5100));
      }
    }),
  );
});
