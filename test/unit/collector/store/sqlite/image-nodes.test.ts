import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ImageNodes } from '../../../../../collector/store/sqlite/image-nodes.ts';

test('holders are the distinct nodes of the images, as sets would have them', () => {
  const change = fc.record({ add: fc.boolean(), image: fc.nat(5), node: fc.nat(3000) });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 200 }), fc.subarray([0, 1, 2, 3, 4, 5]), (changes, asked) => {
      const index = new ImageNodes();
      const plain = new Map<number, Set<number>>();
      for (const { add, image, node } of changes) {
        const set = plain.get(image) ?? new Set();
        plain.set(image, set);
        if (add) {
          index.add(image, node);
          set.add(node);
        } else {
          index.remove(image, node);
          set.delete(node);
        }
      }
      const expected = new Set(asked.flatMap((image) => [...(plain.get(image) ?? [])]));
      const holders = index.holders(asked);
      assert.equal(holders.size, expected.size);
      for (const { node } of changes) assert.equal(holders.has(node), expected.has(node));
      const held = [...plain.values()].filter((nodes) => nodes.size > 0);
      assert.equal(index.size, held.length, 'images that nobody holds any more are forgotten');
      const [some] = expected;
      if (some === undefined) return;
      index.forget(some);
      assert.equal(index.holders(asked).size, expected.size - 1);
    }),
  );
});

test('every bit of a word is counted', () => {
  const index = new ImageNodes();
  for (let node = 0; node < 64; node += 1) {
    index.add(1, node);
    assert.equal(index.holders([1]).size, node + 1);
  }
});
