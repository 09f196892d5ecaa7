import assert from 'node:assert/strict';
import { test } from 'node:test';
import { historyLayers } from '../../../../../agent/runtimes/docker/history-sizes.ts';
import type { LayerStore } from '../../../../../agent/runtimes/docker/layer-store.ts';
import {
  dockerStorage,
  unkeptLayers,
  type StoredImage,
} from '../../../../../agent/runtimes/docker/storage.ts';
import { SpaceLedger } from '../../../../../core/cleanup/storage.ts';

const EMPTY = 'sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef';
const [A, B, C] = ['a', 'b', 'c'].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string, string];

test('what a build left on the way goes with the last image that was made from it', () => {
  const images = [image('between', 'base'), image('one', 'middle'), image('two', 'middle')];
  const built = [...images, { ...image('middle', ''), isNamed: false }];
  const ledger = new SpaceLedger(dockerStorage(built, [], store({})));
  assert.equal(ledger.remove('one').freed.bytes, 10);
  assert.equal(ledger.remove('two').freed.bytes, 20);
});

test('it stays when a container was made from it, or when it has a name', () => {
  const child = image('one', 'middle');
  const between = { ...image('middle', ''), isNamed: false };
  const used = dockerStorage([child, between], [{ who: 'container x', imageId: 'middle' }], store({}));
  assert.equal(new SpaceLedger(used).exclusive('one').bytes, 10);
  const named = dockerStorage([child, { ...between, isNamed: true }], [], store({}));
  assert.equal(new SpaceLedger(named).exclusive('one').bytes, 10);
});

test('an image without names that nothing was made from stands for itself', () => {
  const storage = dockerStorage([{ ...image('old', 'gone'), isNamed: false }], [], store({}));
  assert.equal(new SpaceLedger(storage).exclusive('old').bytes, 10);
});

test('writable layers and the build cache keep the layers below them', () => {
  const images = [{ ...image('one', ''), topChain: 'c' }];
  const freed = (changes: Partial<LayerStore>): number =>
    new SpaceLedger(dockerStorage(images, [], store(changes))).exclusive('one').bytes;
  assert.equal(freed({}), 10 + 100 + 200 + 400);
  assert.equal(freed({ mounts: [{ name: 'x', parent: 'b', directories: [] }] }), 10 + 400);
  assert.equal(freed({ buildCache: ['a', 'gone'] }), 10 + 200 + 400);
});

test('layers that nothing keeps are told', () => {
  const storage = dockerStorage([{ ...image('one', ''), topChain: 'a' }], [], store({ buildCache: ['b'] }));
  assert.deepEqual(unkeptLayers(storage), ['c']);
});

test('the sizes of a history are those of the layers, base first', () => {
  const sizes = [{ Size: 3 }, { Size: 0 }, { Size: 2 }, { Size: 1 }, { Size: 0 }];
  const layers = historyLayers([A, B, C], sizes);
  assert.deepEqual(
    [...layers.values()].map(({ bytes }) => bytes),
    [1, 2, 3],
  );
  const [bottom, middle, top] = [...layers.keys()];
  assert.deepEqual(
    [...layers.values()].map(({ parent }) => parent),
    [undefined, bottom, middle],
  );
  assert.ok(top);
});

test('the empty layer has no size in a history, and no size is lost', () => {
  const bytesOf = (diffIds: readonly string[], sizes: readonly number[]): readonly number[] =>
    [
      ...historyLayers(
        diffIds,
        sizes.map((Size) => ({ Size })),
      ).values(),
    ].map(({ bytes }) => bytes);
  assert.deepEqual(bytesOf([A, EMPTY, C], [3, 0, 1]), [1, 0, 3]);
  assert.deepEqual(bytesOf([A, B, C], [2, 0, 1]), [1, 2, 0]);
  assert.deepEqual(bytesOf([A, EMPTY], [2, 1]), [1, 2]);
  assert.deepEqual(bytesOf([], [1]), []);
});

/** Its config takes 10 bytes. */
function image(imageId: string, parentId: string): StoredImage {
  return { imageId, parentId, isNamed: true };
}

/** Layers a (100 bytes), b on it (200) and c on that (400). */
function store(changes: Partial<LayerStore>): LayerStore {
  const layer = (bytes: number, parent?: string) => ({
    ...{ bytes, inodes: 1, directory: '' },
    ...(parent !== undefined && { parent }),
  });
  const ids = ['one', 'two', 'middle', 'between', 'old'];
  return {
    layers: new Map([
      ['a', layer(100)],
      ['b', layer(200, 'a')],
      ['c', layer(400, 'b')],
    ]),
    mounts: [],
    configs: new Map(ids.map((id) => [id, { bytes: 10, inodes: 1 }])),
    buildCache: [],
    ...changes,
  };
}
