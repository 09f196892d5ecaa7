import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ScanOutcome } from '../../../../agent/tasks/image-scanner.ts';
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
function queueOf(answers: Readonly<Record<string, ScanOutcome>>): {
  queue: ScanQueue;
  scanned: string[];
  clock: { now: number };
} {
  const scanned: string[] = [];
  const clock = { now: 0 };
  const scan = ({ imageId }: Image): Promise<ScanOutcome> => {
    scanned.push(imageId);
    return Promise.resolve(answers[imageId] ?? { kind: 'scanned', key: `key-of-${imageId}`, layersRead: 1 });
  };
  const queue = new ScanQueue({
    scanner: { scan },
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
