import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NodeSet } from '../../../../collector/store/node-set.ts';

test('a set that was written out and read again is the same, wherever its bytes lie', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(3000)), fc.nat(7), (nodes, offset) => {
      const set = new NodeSet();
      for (const node of nodes) set.add(node);
      const written = set.bytes();
      const moved = new Uint8Array(written.length + offset);
      moved.set(written, offset);
      const again = NodeSet.of(moved.subarray(offset));
      assert.equal(again.size, nodes.length);
      for (const node of nodes) assert.ok(again.has(node));
      assert.equal(again.isEmpty, nodes.length === 0);
    }),
  );
});

test('the bit of a node is the one that get_bit of PostgreSQL reads, the least of each byte first', () => {
  const set = new NodeSet();
  for (const node of [0, 9, 37]) set.add(node);
  assert.deepEqual([...set.bytes()], [1, 2, 0, 0, 32, 0, 0, 0]);
});
