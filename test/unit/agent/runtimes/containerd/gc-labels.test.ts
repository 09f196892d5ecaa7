import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { labelReferences } from '../../../../../agent/runtimes/containerd/gc-labels.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

test('content is referred to by the label itself and with a name behind a dot or a slash', () => {
  const labels = {
    'containerd.io/gc.ref.content': 'sha256:1',
    'containerd.io/gc.ref.content.config': 'sha256:2',
    'containerd.io/gc.ref.content/l.0': 'sha256:3',
    'containerd.io/gc.ref.contents': 'sha256:4',
    'containerd.io/distribution.source.registry.example': 'app',
  };
  assert.deepEqual(labelReferences('k8s.io', labels), {
    refs: ['content/k8s.io/sha256:1', 'content/k8s.io/sha256:2', 'content/k8s.io/sha256:3'],
    keptBy: [],
    isRoot: false,
  });
});

test('a snapshot is referred to with its snapshotter, and a name behind a slash', () => {
  const labels = {
    'containerd.io/gc.ref.snapshot.overlayfs': DIGEST,
    'containerd.io/gc.ref.snapshot.stargz/other': 'key',
    'containerd.io/gc.cond.snapshot.overlayfs/name': 'usedat<24h,usedat>1h|later',
  };
  assert.deepEqual(labelReferences('default', labels).refs, [
    `snapshot/default/overlayfs/${DIGEST}`,
    'snapshot/default/stargz/key',
    'snapshot/default/overlayfs/later',
  ]);
});

test('a reference back names the keeper', () => {
  const labels = {
    'containerd.io/gc.bref.content.of': 'sha256:1',
    'containerd.io/gc.bref.snapshot.overlayfs': 'key',
    'containerd.io/gc.bref.image': 'localhost/app:1',
    'containerd.io/gc.bref.container': 'web',
  };
  assert.deepEqual(labelReferences('default', labels).keptBy, [
    'content/default/sha256:1',
    'snapshot/default/overlayfs/key',
    'image/default/localhost/app:1',
    'container/default/web',
  ]);
});

test('a root is kept by itself, whatever the label says', () => {
  assert.equal(labelReferences('default', { 'containerd.io/gc.root': '' }).isRoot, true);
  assert.equal(labelReferences('default', { 'containerd.io/gc.rooted': 'yes' }).isRoot, false);
});

test('any labels can be read', () => {
  const key = fc.oneof(
    fc.string(),
    fc.string().map((end) => `containerd.io/gc.ref.snapshot.${end}`),
    fc.string().map((end) => `containerd.io/gc.cond.snapshot${end}`),
  );
  fc.assert(
    fc.property(fc.dictionary(key, fc.string()), (labels) => {
      const { refs, keptBy } = labelReferences('n', labels);
      assert.ok(refs.length + keptBy.length <= Object.keys(labels).length);
    }),
  );
});
