import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { ociArchive, type BuiltImage } from '../../cli/demo/oci-image.ts';
import { runtimeOn, type CountingRuntime } from '../support/containerd-runtime.ts';
import { startContainerd, type TestContainerd } from '../support/containerd.ts';
import { criClient, type TestCri } from '../support/cri.ts';
import { needsRoot } from '../support/requirements.ts';
import { runnableImage } from '../support/small-images.ts';

const signal = AbortSignal.timeout(600_000);
const POD = { name: 'web-0', namespace: 'shop', uid: '7c5e0f3a-1b2d-4c6e-8f90-a1b2c3d4e5f6' };

suite("kubelet's pods in containerd", { skip: needsRoot() }, () => {
  let engine: TestContainerd;
  let runtime: CountingRuntime;
  let cri: TestCri;
  let pause: BuiltImage;
  let app: BuiltImage;
  let sandbox: string;

  before(async () => {
    engine = await startContainerd();
    runtime = runtimeOn(engine.address);
    cri = criClient(engine.address);
    pause = await runnableImage([[{ path: 'pause' }]]);
    app = await runnableImage([[{ path: 'app' }]]);
    const images = [
      { image: pause, names: ['localhost/pause:1'] },
      { image: app, names: ['localhost/app:1'] },
    ];
    await engine.importArchive(ociArchive(images), { namespace: 'k8s.io' });
    sandbox = await retried(() => cri.runSandbox(POD));
  });
  after(async () => {
    cri?.close();
    await runtime?.close();
    await engine?.stop();
  });

  test('are a sandbox and containers, with the pod they belong to and their images', async () => {
    const more = { name: 'web', image: app.imageId, command: ['/bin/busybox', 'sleep', '1000'] };
    const id = await retried(() => cri.runContainer(sandbox, POD, more));
    const { containers } = await runtime.view(signal);
    const pod = containers.find((one) => one.id === sandbox);
    assert.deepEqual([pod?.kind, pod?.name, pod?.state, pod?.pod], ['sandbox', 'web-0', 'running', POD]);
    assert.equal(pod?.namespace, 'k8s.io');
    assert.equal(pod?.imageId, pause.imageId);

    const web = containers.find((one) => one.id === id);
    assert.deepEqual([web?.kind, web?.name, web?.state, web?.pod], ['container', 'web', 'running', POD]);
    assert.equal(web?.imageId, app.imageId);
    assert.ok((web?.pid ?? 0) > 0);
    assert.equal(web?.privileged, false);
  });

  test('keep the state of a container whose task is gone', async () => {
    const more = { name: 'job', image: app.imageId, command: ['/bin/busybox', 'sleep', '1000'] };
    const id = await retried(() => cri.runContainer(sandbox, POD, more));
    await cri.stopContainer(id);
    const { containers } = await runtime.view(signal);
    const job = containers.find((one) => one.id === id);
    assert.deepEqual([job?.state, job?.pid, job?.imageId], ['exited', undefined, app.imageId]);
  });

  test('tell privileged containers by their spec', async () => {
    const more = {
      name: 'driver',
      image: app.imageId,
      command: ['/bin/busybox', 'sleep', '1000'],
      privileged: true,
    };
    const id = await retried(() => cri.runContainer(sandbox, POD, more));
    const { containers } = await runtime.view(signal);
    assert.equal(containers.find((one) => one.id === id)?.privileged, true);
  });

  test("show the names that kubelet's images have, as one image", async () => {
    const { images } = await retried(async () => {
      const view = await runtime.view(signal);
      const names = view.images.find(({ imageId }) => imageId === app.imageId)?.names;
      assert.deepEqual(names?.map(({ name }) => name).toSorted(), ['localhost/app:1', app.imageId]);
      return view;
    });
    assert.equal(images.length, 2);
  });

  test('are gone when they are removed', async () => {
    await cri.removeSandbox(sandbox);
    const { containers } = await runtime.view(signal);
    assert.deepEqual(containers, []);
  });
});

/** The CRI plugin hears of what others did by event: it may take a moment. */
async function retried<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (tries >= 1200) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
