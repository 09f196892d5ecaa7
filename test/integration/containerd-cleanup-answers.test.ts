import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { status } from '@grpc/grpc-js';
import { RuntimeError } from '../../agent/runtimes/runtime.ts';
import { runtimeOn, type CountingRuntime } from '../support/containerd-runtime.ts';
import { fakeContainerd, type FakeContainerdOptions } from '../support/fake-containerd.ts';
import { smallImage } from '../support/small-images.ts';

const signal = AbortSignal.timeout(600_000);
const image = smallImage([[{ path: 'app' }]]);
const { digest, mediaType, size } = image.manifest;
const NODE: FakeContainerdOptions = {
  namespaces: { 'k8s.io': { images: [{ name: 'localhost/app:1', target: { digest, mediaType, size } }] } },
  blobs: image.blobs,
  cri: {
    containers: [{ id: 'web', metadata: { name: 'web' }, image: { image: 'other' }, imageId: 'sha256:0' }],
    volumes: { web: ['localhost/app:1'] },
  },
};

async function serve(context: TestContext, options: FakeContainerdOptions): Promise<CountingRuntime> {
  const server = await fakeContainerd(options);
  const runtime = runtimeOn(server.address);
  context.after(async () => {
    await runtime.close();
    await server.stop();
  });
  return runtime;
}

test("6: an image that is a volume is used; each container's volumes are asked for once", async (context) => {
  const runtime = await serve(context, NODE);
  const expected = [{ imageId: image.imageId, kind: 'volume', who: 'container web' }];
  assert.deepEqual(await runtime.uses(signal), expected);
  assert.deepEqual(await runtime.uses(signal), expected);
  assert.equal(runtime.calls('RuntimeService/ContainerStatus'), 1);
});

test('the image of pod sandboxes is pinned by the configuration that the CRI shows', async (context) => {
  const configuration = JSON.stringify({ sandboxImage: 'localhost/app:1' });
  const runtime = await serve(context, { ...NODE, cri: { configuration } });
  const expected = [{ imageId: image.imageId, kind: 'pin', who: "the CRI's configuration" }];
  assert.deepEqual(await runtime.uses(signal), expected);
});

test('who uses what is not known when any part of it cannot be read', async (context) => {
  const parts = [
    'Namespaces/List',
    'Version/Version',
    'Images/List',
    'Containers/ListStream',
    'Tasks/List',
    'Leases/List',
    'Content/List',
    'Content/ListStatuses',
    'Snapshots/List',
    'Introspection/Plugins',
    'RuntimeService/ListContainers',
    'RuntimeService/ListPodSandbox',
    'RuntimeService/ContainerStatus',
    'RuntimeService/Status',
    'ImageService/ListImages',
  ];
  let broken = '';
  const fails = (method: string): number | undefined => (method === broken ? status.INTERNAL : undefined);
  const runtime = await serve(context, { ...NODE, fails });
  for (const part of parts) {
    // The volumes of a container that is known are known: this one is asked by a new reader.
    const reader = part === 'RuntimeService/ContainerStatus' ? runtimeOn(runtime.address) : runtime;
    broken = part;
    await assert.rejects(reader.uses(signal), RuntimeError, part);
    await assert.rejects(reader.holdings(signal), RuntimeError, part);
    if (reader !== runtime) await reader.close();
  }
  broken = '';
  assert.equal((await runtime.uses(signal)).length, 1);
});
