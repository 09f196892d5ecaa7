import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { status } from '@grpc/grpc-js';
import { chainIds } from '../../agent/runtimes/chain-id.ts';
import { RuntimeError, type RuntimeView } from '../../agent/runtimes/runtime.ts';
import type { BuiltImage } from '../../cli/demo/oci-image.ts';
import { runtimeOn } from '../support/containerd-runtime.ts';
import {
  fakeContainerd,
  type FakeContainerdOptions,
  type FakeNamespace,
} from '../support/fake-containerd.ts';
import { smallImage } from '../support/small-images.ts';

async function viewOf(t: TestContext, options: FakeContainerdOptions): Promise<RuntimeView> {
  const engine = await fakeContainerd(options);
  t.after(() => engine.stop());
  const runtime = runtimeOn(engine.address);
  t.after(() => runtime.close());
  return await runtime.view(AbortSignal.timeout(60_000));
}

function named(image: BuiltImage, name = 'localhost/a:1'): NonNullable<FakeNamespace['images']>[number] {
  const { mediaType, digest, size } = image.manifest;
  return { name, target: { mediaType, digest, size } };
}

const IMAGE = smallImage([[{ path: 'a' }], [{ path: 'b' }]]);
const TOP = chainIds(IMAGE.diffIds).at(-1) ?? '';

for (const broken of ['Images/List', 'Containers/ListStream', 'Tasks/List', 'Leases/List']) {
  test(`one namespace whose ${broken} fails, fails the whole view`, async (t) => {
    const view = viewOf(t, {
      namespaces: { good: { images: [named(IMAGE)] }, bad: {} },
      blobs: IMAGE.blobs,
      fails: (method, namespace) => (method === broken && namespace === 'bad' ? status.INTERNAL : undefined),
    });
    await assert.rejects(view, (error) => error instanceof RuntimeError && error.code === 'failed');
  });
}

test('a CRI plugin that is not there is no matter, one that fails is', async (t) => {
  const namespaces = { 'k8s.io': { images: [named(IMAGE)] } };
  const without = await viewOf(t, { namespaces, blobs: IMAGE.blobs });
  assert.equal(without.images.length, 1);
  const failing = viewOf(t, {
    namespaces,
    blobs: IMAGE.blobs,
    cri: {},
    fails: (method) => (method === 'RuntimeService/ListContainers' ? status.UNKNOWN : undefined),
  });
  await assert.rejects(failing, (error) => error instanceof RuntimeError && error.code === 'failed');
});

test('what kubelet pins is pinned', async (t) => {
  const other = smallImage([[{ path: 'other' }]]);
  const view = await viewOf(t, {
    namespaces: { 'k8s.io': { images: [named(IMAGE), named(other, 'localhost/other:1')] } },
    blobs: new Map([...IMAGE.blobs, ...other.blobs]),
    cri: { images: [{ id: IMAGE.imageId, pinned: true }, { id: other.imageId }] },
  });
  const pinned = new Map(view.images.map((image) => [image.imageId, image.pinned]));
  assert.equal(pinned.get(IMAGE.imageId), true);
  assert.equal(pinned.get(other.imageId), false);
});

test('a sandbox that is no container of its own is shown', async (t) => {
  const view = await viewOf(t, {
    namespaces: { 'k8s.io': {} },
    cri: {
      sandboxes: [{ id: 'vm', metadata: { name: 'p', namespace: 'n', uid: 'u' }, createdAt: 5_000_000 }],
    },
  });
  assert.deepEqual(view.containers, [
    {
      engine: 'containerd',
      namespace: 'k8s.io',
      id: 'vm',
      name: 'p',
      kind: 'sandbox',
      state: 'running',
      imageName: '',
      createdAt: 5,
      pod: { name: 'p', namespace: 'n', uid: 'u' },
    },
  ]);
});

test("a pod's identity comes from the CRI where labels do not tell it", async (t) => {
  const view = await viewOf(t, {
    namespaces: { 'k8s.io': { containers: [{ id: 'c', image: 'x' }] } },
    cri: {
      sandboxes: [{ id: 's', metadata: { name: 'p', namespace: 'n', uid: 'u' } }],
      containers: [
        { id: 'c', podSandboxId: 's', metadata: { name: 'main' }, imageRef: IMAGE.imageId, state: 2 },
      ],
    },
  });
  const container = view.containers.find(({ id }) => id === 'c');
  assert.deepEqual(container?.pod, { name: 'p', namespace: 'n', uid: 'u' });
  assert.deepEqual(
    [container?.name, container?.state, container?.imageId],
    ['main', 'exited', IMAGE.imageId],
  );
});

test('an image is found through a snapshot that shifts the owners of files', async (t) => {
  const view = await viewOf(t, {
    namespaces: {
      n: {
        images: [named(IMAGE, 'localhost/renamed:1')],
        containers: [{ id: 'c', image: 'localhost/gone:1', snapshotter: 'overlayfs', snapshotKey: 'k' }],
        snapshots: { k: `${TOP}-100000-100000`, [`${TOP}-100000-100000`]: TOP, [TOP]: 'sha256:base' },
      },
    },
    blobs: IMAGE.blobs,
  });
  assert.equal(view.containers[0]?.imageId, IMAGE.imageId);
});

test('of several images on the same layers, only the named one is taken', async (t) => {
  const twin = smallImage([[{ path: 'a' }], [{ path: 'b' }]], { labels: { twin: 'yes' } });
  const container = { snapshotter: 'overlayfs', snapshotKey: 'k' };
  const view = await viewOf(t, {
    namespaces: {
      n: {
        images: [named(IMAGE), named(twin, 'localhost/twin:1')],
        containers: [
          { ...container, id: 'named', image: 'localhost/twin:1' },
          { ...container, id: 'unnamed', image: 'localhost/gone:1' },
        ],
        snapshots: { k: TOP },
      },
    },
    blobs: new Map([...IMAGE.blobs, ...twin.blobs]),
  });
  const images = new Map(view.containers.map(({ id, imageId }) => [id, imageId]));
  assert.equal(images.get('named'), twin.imageId);
  assert.equal(images.get('unnamed'), undefined);
});

test('a blob that is not what its digest says is a problem', async (t) => {
  const config = IMAGE.blobs.get(IMAGE.imageId) ?? Buffer.alloc(0);
  const damaged = Buffer.from(config.map((byte) => byte ^ 1));
  const view = await viewOf(t, {
    namespaces: { n: { images: [named(IMAGE)] } },
    blobs: new Map(IMAGE.blobs).set(IMAGE.imageId, damaged),
  });
  assert.deepEqual(view.images, []);
  assert.match(view.problems[0]?.message ?? '', /damaged/);
});

test('a blob of another size than was said is a problem', async (t) => {
  const view = await viewOf(t, {
    namespaces: {
      n: {
        images: [
          named(IMAGE),
          { name: 'huge', target: { digest: `sha256:${'1'.repeat(64)}`, size: 2 ** 40 } },
          { name: 'empty', target: { digest: `sha256:${'2'.repeat(64)}`, size: 0 } },
        ],
      },
    },
    blobs: new Map([[IMAGE.manifest.digest, Buffer.alloc(8 * 1024 * 1024)]]),
  });
  assert.deepEqual(view.images, []);
  const problems = new Map(view.problems.map(({ subject, message }) => [subject, message]));
  assert.match(problems.get('n/localhost/a:1') ?? '', /bytes where \d+ were expected/);
  assert.match(problems.get('n/huge') ?? '', /too large/);
  assert.match(problems.get('n/empty') ?? '', /empty/);
});

test('a list larger than grpc-js allows by itself is read', async (t) => {
  const labels = { padding: 'x'.repeat(4000) };
  const images = Array.from({ length: 1500 }, (_, at) => ({
    ...named(IMAGE, `localhost/many:${at}`),
    labels,
  }));
  const view = await viewOf(t, { namespaces: { n: { images } }, blobs: IMAGE.blobs });
  assert.equal(view.images[0]?.names.length, 1500);
});
