import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { containerdRemoval } from '../../agent/runtimes/containerd/removal.ts';
import type { Removal } from '../../agent/runtimes/removal.ts';
import { SpaceLedger } from '../../core/cleanup/storage.ts';
import type { Image } from '../../core/inventory.ts';
import { ociArchive, type BuiltImage } from '../../cli/demo/oci-image.ts';
import { runtimeOn, type CountingRuntime } from '../support/containerd-runtime.ts';
import { collect, freedSince, spaceOf } from '../support/containerd-space.ts';
import { startContainerd, type TestContainerd } from '../support/containerd.ts';
import { criClient, type TestCri } from '../support/cri.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { needsRoot } from '../support/requirements.ts';
import { runnableImage } from '../support/small-images.ts';

const signal = AbortSignal.timeout(600_000);
const POD = { name: 'web-0', namespace: 'shop', uid: '7c5e0f3a-1b2d-4c6e-8f90-a1b2c3d4e5f6' };
const SLEEP = ['/bin/busybox', 'sleep', '1000'];

suite("cleaning up under kubelet's eyes", { skip: needsRoot() }, () => {
  let engine: TestContainerd;
  let runtime: CountingRuntime;
  let removal: Removal;
  let cri: TestCri;
  let registry: TestRegistry;
  let pause: BuiltImage;
  let pod: string;

  before(async () => {
    registry = await startRegistry();
    engine = await startContainerd({ discardUnpackedLayers: true });
    runtime = runtimeOn(engine.address);
    removal = containerdRemoval({ address: engine.address, owner: 'remover' });
    cri = criClient(engine.address);
    pause = await runnableImage([[{ path: 'pause' }]]);
    const archive = ociArchive([{ image: pause, names: ['localhost/pause:1'] }]);
    await engine.importArchive(archive, { namespace: 'k8s.io' });
  });
  after(async () => {
    cri?.close();
    await removal?.close();
    await runtime?.close();
    await engine?.stop();
    await registry?.stop();
  });

  async function usesOf(image: BuiltImage): Promise<readonly string[]> {
    const uses = await runtime.uses(signal);
    return uses
      .filter(({ imageId }) => imageId === image.imageId)
      .map(({ kind, who }) => `${kind}: ${who}`)
      .toSorted();
  }

  async function imageOf(image: BuiltImage, count: number): Promise<Image> {
    return await retried(async () => {
      const { images } = await runtime.view(signal);
      const seen = images.find(({ imageId }) => imageId === image.imageId);
      if (seen?.names.length !== count) throw new Error(`names: ${JSON.stringify(seen?.names)}`);
      return seen;
    });
  }

  test("5: the sandbox's image is pinned by the configuration, before any pod is", async () => {
    assert.deepEqual(await usesOf(pause), ["pin: the CRI's configuration"]);
  });

  test("5: the sandbox's image is used by every pod, though the CRI lists no container of it", async () => {
    pod = await retried(() => cri.runSandbox(POD));
    assert.deepEqual(await usesOf(pause), ["pin: the CRI's configuration", 'sandbox: pod shop/web-0']);
  });

  test('3: a container uses its image whether it was asked for by name, ID or digest', async () => {
    const image = await runnableImage([[{ path: 'asked' }]]);
    const name = registry.add('shop/asked', '1', image);
    await cri.pullImage(name);
    const references = [name, image.imageId, `${registry.host}/shop/asked@${image.manifest.digest}`];
    for (const [at, reference] of references.entries()) {
      const container = { name: `asked-${at}`, image: reference, command: SLEEP };
      await retried(() => cri.runContainer(pod, POD, container));
    }
    // The names go from under them.
    for (const { name: one } of (await imageOf(image, 3)).names.slice(0, 2)) {
      await engine.ctr('--namespace', 'k8s.io', 'images', 'rm', one);
    }
    assert.deepEqual(await usesOf(image), [
      'container: container asked-0 of pod shop/web-0 (running)',
      'container: container asked-1 of pod shop/web-0 (running)',
      'container: container asked-2 of pod shop/web-0 (running)',
    ]);
  });

  test('an image by three names, without the blobs of its layers, goes and comes back as it was', async () => {
    const image = await runnableImage([[{ path: 'returns' }]]);
    const name = registry.add('shop/returns', '1', image);
    await cri.pullImage(name);
    await collect(engine);
    const { names } = await imageOf(image, 3);
    assert.doesNotMatch(
      await engine.ctr('--namespace', 'k8s.io', 'content', 'list', '--quiet'),
      new RegExp(image.layers.at(-1)?.digest ?? '-'),
    );
    const { storage, fromRegistry, restorable } = await runtime.holdings(signal);
    assert.ok(fromRegistry.has(image.imageId) && restorable.has(image.imageId));
    const expected = new SpaceLedger(storage).exclusive(image.imageId);

    const saved = await removal.save(names, signal);
    const before = await spaceOf(engine);
    const lease = {
      namespace: 'k8s.io',
      imageId: image.imageId,
      leaseId: 'tallyman-quarantine-returns',
      expiresAt: Date.now() + 3_600_000,
    };
    const remove = async (): Promise<void> => {
      await removal.quarantine?.keep(lease, [image.manifest.digest], signal);
      for (const [at, one] of saved.entries()) await removal.remove(one, at === saved.length - 1, signal);
    };
    await remove();
    await retried(async () => assert.doesNotMatch(await criImages(), new RegExp(image.imageId)));
    assert.deepEqual(freedSince(before, await spaceOf(engine)), { bytes: 0, inodes: 0 });

    assert.deepEqual(await removal.quarantine?.restore(saved, signal), []);
    await removal.quarantine?.release(lease, true, signal);
    const requests = registry.requests.length;
    const container = { name: 'returned', image: name, command: SLEEP };
    const id = await retried(() => cri.runContainer(pod, POD, container));
    assert.equal(registry.requests.length, requests);
    await cri.stopContainer(id);
    await cri.removeContainer(id);
    assert.deepEqual(await usesOf(image), []);

    await remove();
    const middle = await spaceOf(engine);
    await removal.quarantine?.release(lease, true, signal);
    assert.deepEqual(freedSince(middle, await spaceOf(engine)), expected);
    await assert.rejects(cri.runContainer(pod, POD, container));
  });

  async function criImages(): Promise<string> {
    return await engine.ctr('--namespace', 'k8s.io', 'images', 'list', '--quiet');
  }

  test("what the CRI has removed is still seen under other namespaces' names", async () => {
    const image = await runnableImage([[{ path: 'elsewhere' }]]);
    const name = registry.add('shop/elsewhere', '1', image);
    await cri.pullImage(name);
    await engine.importArchive(ociArchive([{ image, names: [name] }]), { namespace: 'other' });
    await cri.removeImage(name);
    const { names } = await imageOf(image, 1);
    assert.deepEqual(
      names.map(({ namespace }) => namespace),
      ['other'],
    );
  });
});

/** The CRI plugin hears of what others did by event: it may take a moment. */
async function retried<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (tries >= 1200) throw error;
      await sleep(50);
    }
  }
}
