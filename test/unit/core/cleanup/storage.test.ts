import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  SpaceLedger,
  type Storage,
  type StorageRoot,
  type StoredThing,
} from '../../../../core/cleanup/storage.ts';

const GIVEN = { numRuns: 300 };
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] as const;

function thing(id: string, bytes: number, refs: readonly string[] = [], shared?: string): StoredThing {
  return { id, bytes, inodes: 2, refs, ...(shared !== undefined && { shared }) };
}

function storage(
  things: readonly StoredThing[],
  images: Readonly<Record<string, readonly string[]>>,
): Storage {
  return {
    things: new Map(things.map((one) => [one.id, one])),
    roots: Object.entries(images).map(([imageId, refs]) => ({ holder: { kind: 'image', imageId }, refs })),
  };
}

test('an image alone frees all that it reaches', () => {
  const ledger = new SpaceLedger(
    storage([thing('manifest', 1, ['config']), thing('config', 10, ['snapshot']), thing('snapshot', 100)], {
      one: ['manifest'],
    }),
  );
  assert.deepEqual(ledger.exclusive('one'), { bytes: 111, inodes: 6 });
});

test('what two images share goes with the second, which is said to have grown', () => {
  const ledger = new SpaceLedger(
    storage([thing('base', 100), thing('top-1', 1, ['base']), thing('top-2', 2, ['base'])], {
      one: ['top-1'],
      two: ['top-2'],
    }),
  );
  assert.equal(ledger.exclusive('two').bytes, 2);
  const { freed, grown } = ledger.remove('one');
  assert.equal(freed.bytes, 1);
  assert.deepEqual([...grown], ['two']);
  assert.equal(ledger.exclusive('two').bytes, 102);
  assert.equal(ledger.remove('two').freed.bytes, 102);
  assert.equal(ledger.remove('two').freed.bytes, 0);
});

test('a blob that two namespaces know is one on disk, a snapshot is two', () => {
  const things = [
    thing('content/moby/x', 100, ['snapshot/moby/x'], 'content/x'),
    thing('content/k8s.io/x', 100, ['snapshot/k8s.io/x'], 'content/x'),
    thing('snapshot/moby/x', 1000),
    thing('snapshot/k8s.io/x', 1000),
  ];
  const both = new SpaceLedger(storage(things, { one: ['content/moby/x', 'content/k8s.io/x'] }));
  assert.equal(both.exclusive('one').bytes, 2100);
  const apart = new SpaceLedger(storage(things, { one: ['content/moby/x'], two: ['content/k8s.io/x'] }));
  assert.equal(apart.exclusive('one').bytes, 1000);
});

test('a lease or a container keeps what it reaches, whatever goes', () => {
  const { things, roots } = storage([thing('a', 1, ['b']), thing('b', 10)], { one: ['a'] });
  const lease: StorageRoot = { holder: { kind: 'other', what: 'lease 1' }, refs: ['b', 'no-such-thing'] };
  const ledger = new SpaceLedger({ things, roots: [...roots, lease] });
  assert.equal(ledger.exclusive('one').bytes, 1);
  assert.deepEqual([...ledger.remove('one').grown], []);
});

test('what refers to itself in a circle is counted once', () => {
  const ledger = new SpaceLedger(storage([thing('a', 1, ['b']), thing('b', 10, ['a'])], { one: ['a'] }));
  assert.equal(ledger.exclusive('one').bytes, 11);
});

const storages = fc
  .record({
    things: fc.array(
      fc.record({
        refs: fc.subarray([...NAMES]),
        bytes: fc.nat(1000),
        shared: fc.constantFrom(undefined, 's'),
      }),
      { minLength: NAMES.length, maxLength: NAMES.length },
    ),
    images: fc.array(fc.subarray([...NAMES]), { minLength: 1, maxLength: 5 }),
    others: fc.subarray([...NAMES], { maxLength: 2 }),
  })
  .map(({ things, images, others }): Storage => {
    const all = things.map(({ refs, bytes, shared }, at) =>
      thing(NAMES[at] ?? '', shared === undefined ? bytes : 500, refs, shared),
    );
    const roots: StorageRoot[] = images.map((refs, at) => ({
      holder: { kind: 'image', imageId: String(at) },
      refs,
    }));
    roots.push({ holder: { kind: 'other', what: 'a lease' }, refs: others });
    return { things: new Map(all.map((one) => [one.id, one])), roots };
  });

/** Marks from the roots that stay and adds up what is marked, as a collector does. */
function bytesKept({ things, roots }: Storage, removed: ReadonlySet<string>): number {
  const marked = new Set<string>();
  const mark = (id: string): void => {
    const one = things.get(id);
    if (one === undefined || marked.has(id)) return;
    marked.add(id);
    one.refs.forEach(mark);
  };
  for (const { holder, refs } of roots) {
    if (holder.kind === 'image' && removed.has(holder.imageId)) continue;
    refs.forEach(mark);
  }
  const onDisk = new Map([...marked].map((id) => [things.get(id)?.shared ?? id, things.get(id)?.bytes ?? 0]));
  return [...onDisk.values()].reduce((sum, bytes) => sum + bytes, 0);
}

test('each removal frees what a mark-and-sweep before and after it tells', () => {
  fc.assert(
    fc.property(storages, fc.array(fc.nat(4)), (one, order) => {
      const ledger = new SpaceLedger(one);
      const removed = new Set<string>();
      for (const at of order) {
        const before = bytesKept(one, removed);
        removed.add(String(at));
        const expected = before - bytesKept(one, removed);
        assert.equal(ledger.exclusive(String(at)).bytes, expected);
        assert.equal(ledger.remove(String(at)).freed.bytes, expected);
      }
    }),
    GIVEN,
  );
});

test('only the images that are said to have grown hold more than before', () => {
  fc.assert(
    fc.property(storages, fc.nat(4), (one, at) => {
      const ledger = new SpaceLedger(one);
      const ids = one.roots.flatMap(({ holder }) => (holder.kind === 'image' ? [holder.imageId] : []));
      const before = new Map(ids.map((id) => [id, ledger.exclusive(id)]));
      const { grown } = ledger.remove(String(at));
      for (const id of ids) {
        if (id === String(at) || grown.has(id)) continue;
        assert.deepEqual(ledger.exclusive(id), before.get(id));
      }
    }),
    GIVEN,
  );
});
