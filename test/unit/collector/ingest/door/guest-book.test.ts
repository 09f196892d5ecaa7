import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GuestBook, type Guest } from '../../../../../collector/ingest/door/guest-book.ts';

const LIMITS = { maxConnections: 6, maxHandshakes: 4, maxHandshakesPerAddress: 2, maxPerHolder: 2 };

function guest(address: string, since = 0): Guest {
  return { address, since };
}

function bookOf(...guests: readonly Guest[]): GuestBook<Guest> {
  const book = new GuestBook<Guest>(LIMITS);
  for (const one of guests) assert.deepEqual(book.arrive(one), { kind: 'in' });
  return book;
}

test('one address has its part of the room for handshakes, and no more', () => {
  const book = bookOf(guest('a'), guest('a'));
  assert.deepEqual(book.arrive(guest('a', 4999)), { kind: 'out', why: 'too-many-from-address' });
  assert.deepEqual(book.arrive(guest('b', 4999)), { kind: 'in' });
  assert.deepEqual([book.handshakes, book.connections], [3, 3]);
});

test('all together have no more than the room there is', () => {
  const book = bookOf(guest('a'), guest('b'), guest('c'), guest('d'));
  assert.deepEqual(book.arrive(guest('e', 1)), { kind: 'out', why: 'too-many-handshakes' });
});

test('where there is no room, the one that dawdles the longest goes, of the same address first', () => {
  const [elsewhere, slow] = [guest('b'), guest('a', 1)];
  const book = bookOf(elsewhere, slow, guest('a', 2));
  const arrival = book.arrive(guest('a', 5001));
  assert.deepEqual(arrival, { kind: 'in', instead: { guest: slow, why: 'too-many-from-address' } });
  assert.equal(book.leave(slow), false, 'it counts no more');
  assert.deepEqual(book.arrive(guest('c', 10_001)), { kind: 'in' });
  const last = book.arrive(guest('d', 10_001));
  assert.deepEqual(last, { kind: 'in', instead: { guest: elsewhere, why: 'too-many-handshakes' } });
  assert.equal(book.handshakes, LIMITS.maxHandshakes);
});

test('whose handshake is over counts with its holder, as long as it is there', () => {
  const [one, two, three] = [guest('a'), guest('a'), guest('a')];
  const book = bookOf(one, two);
  assert.deepEqual([book.settle(one, 'node-1'), book.settle(two, 'node-1')], [true, true]);
  assert.deepEqual(book.arrive(three), { kind: 'in' });
  assert.equal(book.settle(three, 'node-1'), false);
  assert.deepEqual([book.handshakes, book.connections], [1, 3]);
  book.leave(one);
  assert.equal(book.settle(three, 'node-1'), true);
  assert.equal(book.settle(guest('a'), 'node-2'), false, 'it never came');
});

test('connections that are open leave no room beyond the bound of all', () => {
  const book = bookOf();
  for (const node of ['a', 'b', 'c', 'd', 'e', 'f']) {
    const one = guest(node);
    book.arrive(one);
    book.settle(one, node);
  }
  assert.deepEqual(book.arrive(guest('z', 9e9)), { kind: 'out', why: 'too-many-connections' });
});

test('those whose time is over are found, oldest first', () => {
  const [first, second] = [guest('a', 10), guest('b', 20)];
  const book = bookOf(first, second, guest('c', 30));
  assert.deepEqual(book.overdue(30), [first, second]);
  assert.deepEqual(book.overdue(5), []);
});

test('whatever comes and goes, no bound is passed, and nothing is counted that is gone', () => {
  const step = fc.record({
    address: fc.constantFrom('a', 'b', 'c'),
    after: fc.nat({ max: 15_000 }),
    then: fc.constantFrom('stays', 'settles', 'leaves'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const book = new GuestBook<Guest>(LIMITS);
      const inside = new Set<Guest>();
      let now = 0;
      for (const { address, after, then } of steps) {
        now += after;
        const one = guest(address, now);
        const arrival = book.arrive(one);
        if (arrival.kind === 'in') inside.add(one);
        if (arrival.kind === 'in' && arrival.instead) inside.delete(arrival.instead.guest);
        if (then === 'settles' && !book.settle(one, address)) {
          book.leave(one);
          inside.delete(one);
        }
        const [oldest] = inside;
        if (then === 'leaves' && oldest !== undefined) {
          assert.equal(book.leave(oldest), true);
          inside.delete(oldest);
        }
        assert.ok(book.handshakes <= LIMITS.maxHandshakes);
        assert.ok(book.connections <= LIMITS.maxConnections);
        assert.equal(book.connections, inside.size);
      }
      for (const one of inside) assert.equal(book.leave(one), true);
      assert.equal(book.connections, 0);
    }),
  );
});
