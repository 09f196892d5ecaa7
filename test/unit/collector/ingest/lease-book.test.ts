import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LeaseBook } from '../../../../collector/ingest/lease-book.ts';

function book(capacity = 10): { leases: LeaseBook; readonly advance: (ms: number) => void } {
  let now = 1_000_000;
  const leases = new LeaseBook({ clock: () => now, leaseMs: 100, capacity });
  return { leases, advance: (ms) => void (now += ms) };
}

const one = {};
const other = {};

test('one holder at a time, until the lease lapses', () => {
  const { leases, advance } = book();
  const token = leases.grant('a', one);
  assert.ok(token);
  assert.equal(leases.grant('a', other), undefined);
  assert.ok(leases.grant('b', other));
  advance(99);
  assert.equal(leases.grant('a', other), undefined);
  advance(1);
  const taken = leases.grant('a', other);
  assert.ok(taken && taken > token);
  assert.equal(leases.isCurrent('a', token), false);
  assert.equal(leases.isCurrent('a', taken), true);
});

test('a lease that lapsed is good while nobody else has it', () => {
  const { leases, advance } = book();
  const token = leases.grant('a', one) ?? 0;
  advance(1000);
  assert.equal(leases.isCurrent('a', token), true);
});

test('the same holder gets a new lease for the asking', () => {
  const { leases } = book();
  const token = leases.grant('a', one) ?? 0;
  const again = leases.grant('a', one) ?? 0;
  assert.ok(again > token);
  assert.equal(leases.isCurrent('a', token), false);
});

test('what is released can be had by others at once', () => {
  const { leases } = book();
  const token = leases.grant('a', one) ?? 0;
  leases.release('a', token + 1);
  assert.equal(leases.grant('a', other), undefined);
  leases.release('a', token);
  assert.ok(leases.grant('a', other));
  leases.grant('b', one);
  leases.grant('c', one);
  leases.releaseAll(one);
  assert.ok(leases.grant('b', other));
  assert.equal(leases.grant('a', one), undefined);
});

test('a full book asks nobody, until something lapsed', () => {
  const { leases, advance } = book(2);
  assert.ok(leases.grant('a', one));
  assert.ok(leases.grant('b', one));
  assert.equal(leases.grant('c', other), undefined);
  advance(100);
  assert.ok(leases.grant('c', other));
});

test('tokens of a later process are higher', () => {
  const earlier = new LeaseBook({ clock: () => 5000, leaseMs: 1, capacity: 1000 });
  const later = new LeaseBook({ clock: () => 5001, leaseMs: 1, capacity: 1000 });
  let last = 0;
  for (let count = 0; count < 900; count += 1) last = earlier.grant(`${count}`, one) ?? 0;
  assert.ok((later.grant('a', one) ?? 0) > last);
});
