import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FleetOutcome } from '../../../../agent/tasks/fleet-scanner.ts';
import { ScanQueue } from '../../../../agent/tasks/scan-queue.ts';
import type { Image } from '../../../../core/inventory.ts';

const signal = new AbortController().signal;

function image(imageId: string): Image {
  return {
    imageId,
    names: [],
    manifestDigests: [],
    os: 'linux',
    architecture: 'amd64',
    diffIds: [`layer-of-${imageId}`],
    sizeBytes: 1,
    labels: {},
    pinned: false,
  };
}

/** A queue whose scans answer as told, on a clock that the test moves. */
function queueOf(answers: Record<string, FleetOutcome>): {
  queue: ScanQueue;
  scanned: string[];
  clock: { now: number };
} {
  const scanned: string[] = [];
  const clock = { now: 0 };
  const scan = ({ imageId }: Image): Promise<FleetOutcome> => {
    scanned.push(imageId);
    return Promise.resolve(answers[imageId] ?? { kind: 'scanned', key: `key-of-${imageId}`, layersRead: 1 });
  };
  const queue = new ScanQueue({
    scanner: { scan, keyOf: ({ imageId }) => `key-of-${imageId}` },
    runtimes: () => [],
    mayScan: () => Promise.resolve(),
    scanned: () => undefined,
    now: () => clock.now,
  });
  return { queue, scanned, clock };
}

test('each image is scanned once', async () => {
  const { queue, scanned } = queueOf({});
  queue.setImages([image('a'), image('b')]);
  await queue.run(signal);
  await queue.run(signal);
  assert.deepEqual(scanned, ['a', 'b']);
  assert.deepEqual(queue.stateOf(image('a')), { composition: 'key-of-a' });
});

test('a failed image says why, waits longer each time, and does not hold up others', async () => {
  const { queue, scanned, clock } = queueOf({ a: { kind: 'failed', message: 'it is broken' } });
  queue.setImages([image('a'), image('b')]);
  await queue.run(signal);
  assert.deepEqual(scanned, ['a', 'b']);
  assert.deepEqual(queue.stateOf(image('a')), { problem: 'it is broken' });
  const tries: number[] = [];
  for (clock.now = 0; clock.now < 1_000_000; clock.now += 5_000) {
    const before = scanned.length;
    await queue.run(signal);
    if (scanned.length > before) tries.push(clock.now);
  }
  const waits = tries.map((at, index) => at - (tries[index - 1] ?? 0));
  assert.deepEqual(waits.slice(0, 4), [30_000, 60_000, 120_000, 240_000]);
});

test('an image that left is forgotten, and scanned again if it comes back', async () => {
  const { queue, scanned } = queueOf({});
  queue.setImages([image('a')]);
  await queue.run(signal);
  queue.setImages([]);
  assert.equal(queue.stateOf(image('a')), undefined);
  queue.setImages([image('a')]);
  await queue.run(signal);
  assert.deepEqual(scanned, ['a', 'a']);
});

test('content is offered for scanned images only, layers before compositions', async () => {
  const { queue } = queueOf({ b: { kind: 'failed', message: 'no' } });
  const images = [image('a'), image('b')];
  queue.setImages(images);
  await queue.run(signal);
  assert.deepEqual(queue.content(images), [
    { kind: 'layer-facts', key: 'layer-of-a' },
    { kind: 'composition', key: 'key-of-a' },
  ]);
});

const HELD = { kind: 'held', key: 'key-of-a', layers: [] } as const;

test('an image that the collector has is done, and nothing of it is offered', async () => {
  const { queue, scanned } = queueOf({ a: HELD });
  queue.setImages([image('a')]);
  await queue.run(signal);
  await queue.run(signal);
  assert.deepEqual(scanned, ['a']);
  assert.deepEqual(queue.stateOf(image('a')), { composition: 'key-of-a' });
  assert.deepEqual(queue.content([image('a')]), []);
  assert.deepEqual(queue.compositions(), ['key-of-a'], 'what is stored of it, if anything, is kept');
});

test('layers that were read for the collector are offered', async () => {
  const { queue } = queueOf({ a: { ...HELD, layers: ['layer-of-a'] } });
  queue.setImages([image('a')]);
  await queue.run(signal);
  assert.deepEqual(queue.content([image('a')]), [{ kind: 'layer-facts', key: 'layer-of-a' }]);
});

test('what other nodes are at is looked at again when the collector said, and others meanwhile', async () => {
  const answers: Record<string, FleetOutcome> = {
    a: { kind: 'elsewhere', layers: [], retryAfterMs: 1000 },
  };
  const { queue, scanned, clock } = queueOf(answers);
  queue.setImages([image('a'), image('b')]);
  await queue.run(signal);
  assert.deepEqual(scanned, ['a', 'b']);
  assert.equal(queue.stateOf(image('a')), undefined);
  assert.equal(queue.dueIn(), 1000);
  clock.now = 999;
  await queue.run(signal);
  assert.equal(scanned.length, 2);
  clock.now = 1000;
  answers['a'] = HELD;
  await queue.run(signal);
  assert.deepEqual(scanned, ['a', 'b', 'a']);
  assert.equal(queue.dueIn(), undefined);
  assert.deepEqual(queue.stateOf(image('a')), { composition: 'key-of-a' });
});

test('an image that failed is looked at again by itself, later each time', async () => {
  const answers: Record<string, FleetOutcome> = { a: { kind: 'failed', message: 'the engine is gone' } };
  const { queue, scanned, clock } = queueOf(answers);
  queue.setImages([image('a')]);
  await queue.run(signal);
  const first = queue.dueIn() ?? 0;
  assert.ok(first > 0);
  clock.now += first;
  assert.equal(queue.dueIn(), 0);
  await queue.run(signal);
  assert.deepEqual(scanned, ['a', 'a']);
  const second = queue.dueIn() ?? 0;
  assert.ok(second > first);
  clock.now += second;
  delete answers['a'];
  await queue.run(signal);
  assert.deepEqual(scanned, ['a', 'a', 'a']);
  assert.equal(queue.dueIn(), undefined);
  queue.setImages([]);
  assert.equal(queue.dueIn(), undefined);
});

test('what a collector that lost its store had is asked for again, and read if need be', async () => {
  const answers: Record<string, FleetOutcome> = { a: HELD };
  const { queue, scanned } = queueOf(answers);
  queue.setImages([image('a'), image('b')]);
  await queue.run(signal);
  queue.forgetHeld();
  assert.deepEqual(queue.stateOf(image('a')), { composition: 'key-of-a' }, 'it is the same composition');
  answers['a'] = { kind: 'scanned', key: 'key-of-a', layersRead: 1 };
  await queue.run(signal);
  assert.deepEqual(scanned, ['a', 'b', 'a']);
  assert.equal(queue.content([image('a')]).length, 2);
});

test('an image that the collector lost and that cannot be read says so', async () => {
  const answers: Record<string, FleetOutcome> = { a: HELD };
  const { queue } = queueOf(answers);
  queue.setImages([image('a')]);
  await queue.run(signal);
  queue.forgetHeld();
  answers['a'] = { kind: 'failed', message: 'it is broken' };
  await queue.run(signal);
  assert.deepEqual(queue.stateOf(image('a')), { problem: 'it is broken' });
});
