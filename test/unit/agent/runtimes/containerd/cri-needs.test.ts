import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { imagesInConfig } from '../../../../../agent/runtimes/containerd/cri-needs.ts';

test("names the sandbox's image and what is pinned, in either shape", () => {
  const pause = 'registry.example/pause:3.8';
  assert.deepEqual(imagesInConfig(JSON.stringify({ sandboxImage: pause, cni: {} })), [pause]);
  assert.deepEqual(imagesInConfig(JSON.stringify({ pinnedImages: { sandbox: pause } })), [pause]);
  assert.deepEqual(imagesInConfig(JSON.stringify({ sandboxImage: '', pinnedImages: [pause] })), [pause]);
  assert.deepEqual(imagesInConfig('{}'), []);
});

test('names nothing in what it does not know', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      assert.ok(Array.isArray(imagesInConfig(text)));
    }),
  );
});
