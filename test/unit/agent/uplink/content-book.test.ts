import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ContentBook } from '../../../../agent/uplink/content-book.ts';
import type { ContentName } from '../../../../proto/codec/content.ts';

function layer(key: string): ContentName {
  return { kind: 'layer-facts', key };
}

function book({ capacity = 100, random = (): number => 0.5 } = {}): {
  book: ContentBook;
  readonly advance: (ms: number) => void;
} {
  let now = 1000;
  const made = new ContentBook({ now: () => now, random, capacity });
  return { book: made, advance: (ms) => void (now += ms) };
}

test('layers are due before compositions, each name once, and no more than asked for', () => {
  const { book: names } = book();
  names.set([{ kind: 'composition', key: 'c' }, layer('a'), layer('b'), layer('a')]);
  assert.deepEqual(names.due(10), [layer('a'), layer('b'), { kind: 'composition', key: 'c' }]);
  assert.deepEqual(names.due(1), [layer('a')]);
});

test('what is offered or held is not due again', () => {
  const { book: names } = book();
  names.set([layer('a'), layer('b')]);
  names.offered([layer('a'), layer('b')]);
  assert.deepEqual(names.due(10), []);
  assert.equal(names.dueIn(), undefined);
  names.held(layer('a'));
  names.reopen();
  assert.deepEqual(names.due(10), [layer('b')]);
  names.forgetHeld();
  assert.deepEqual(names.due(10), [layer('b'), layer('a')]);
});

test('what other nodes are at is due together after the wait, spread over half as much again', () => {
  const random = [0.5, 0.9];
  const { book: names, advance } = book({ random: () => random.shift() ?? 0 });
  names.set([layer('a'), layer('b')]);
  names.offered([layer('a'), layer('b')]);
  names.elsewhere([layer('a'), layer('b')], 1000);
  assert.equal(names.dueIn(), 1250);
  advance(1249);
  assert.deepEqual(names.due(10), []);
  advance(1);
  assert.deepEqual(names.due(10), [layer('a'), layer('b')]);
  assert.equal(names.dueIn(), 0);
});

test('what was refused waits longer each time, until it is held', () => {
  const { book: names } = book();
  names.set([layer('a')]);
  const waits = Array.from({ length: 4 }, () => {
    names.failed(layer('a'));
    return names.dueIn();
  });
  assert.deepEqual(waits, [7500, 10_000, 15_000, 25_000]);
  names.held(layer('a'));
  names.failed(layer('a'));
  assert.equal(names.dueIn(), 7500);
});

test('what can never be sent is never due, whatever is said of it', () => {
  const { book: names, advance } = book();
  names.set([layer('a')]);
  names.offered([layer('a')]);
  names.unfit(layer('a'));
  names.failed(layer('a'));
  names.reopen();
  names.forgetHeld();
  advance(1e9);
  assert.deepEqual(names.due(10), []);
});

test('a full book says how much it left out', () => {
  const { book: names } = book({ capacity: 2 });
  assert.equal(names.set([layer('a'), layer('b'), layer('c'), layer('d')]), 2);
  names.held(layer('x'));
  assert.equal(names.due(10).length, 2);
  assert.equal(names.set([layer('c'), layer('d')]), 0, 'there is room for what comes when others go');
  assert.deepEqual(names.due(10), [layer('c'), layer('d')]);
});

test('what the node has no more is forgotten, whatever was said of it', () => {
  const { book: names, advance } = book();
  const all = ['fresh', 'held', 'failed', 'elsewhere', 'unfit'].map(layer);
  names.set(all);
  names.held(layer('held'));
  names.failed(layer('failed'));
  names.elsewhere([layer('elsewhere')], 1000);
  names.unfit(layer('unfit'));
  names.set([]);
  advance(1e9);
  assert.deepEqual(names.due(10), []);
  assert.equal(names.dueIn(), undefined);
  names.set(all);
  assert.deepEqual(names.due(10), all, 'what comes back is new');
});

test('what is on its way is followed to its end, and then forgotten', () => {
  const { book: names } = book();
  const all = ['held', 'failed', 'cut', 'back'].map(layer);
  names.set(all);
  names.offered(all);
  names.set([]);
  names.held(layer('held'));
  names.failed(layer('failed'));
  assert.equal(names.dueIn(), undefined);
  names.set([layer('back')]);
  names.reopen();
  assert.deepEqual(names.due(10), [layer('back')]);
  names.set(all);
  assert.deepEqual(names.due(10).length, 4);
});
