import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '../../agent/runtimes/containerd/connection.ts';
import { addLeaseResource, createLease } from '../../agent/runtimes/containerd/methods.ts';
import { withLease } from '../../agent/runtimes/containerd/leases.ts';
import type { Image } from '../../core/inventory.ts';
import { buildIndex, ociArchive, type BuiltImage } from '../../cli/demo/oci-image.ts';
import { runtimeOn, type CountingRuntime } from '../support/containerd-runtime.ts';
import { startContainerd, type TestContainerd } from '../support/containerd.ts';
import { needsRoot } from '../support/requirements.ts';
import { runnableImage, smallImage } from '../support/small-images.ts';

const signal = AbortSignal.timeout(600_000);
/** The architecture of this machine and one that is not, in Go's words. */
const HERE = process.arch === 'x64' ? 'amd64' : process.arch;
const ELSEWHERE = 's390x';

suite('a view of containerd', { skip: needsRoot() }, () => {
  let engine: TestContainerd;
  let runtime: CountingRuntime;

  before(async () => {
    engine = await startContainerd({ cri: false });
    runtime = runtimeOn(engine.address);
  });
  after(async () => {
    await runtime?.close();
    await engine?.stop();
  });

  async function load(image: BuiltImage, names: readonly string[], namespace: string): Promise<void> {
    await engine.importArchive(ociArchive([{ image, names }]), {
      namespace,
      allPlatforms: true,
      unpack: false,
    });
  }

  async function imageNamed(name: string): Promise<Image | undefined> {
    const { images } = await runtime.view(signal);
    return images.find(({ names }) => names.some((one) => one.name === name));
  }

  test('tells the engine and its version', async () => {
    const { engine: seen } = await runtime.view(signal);
    assert.equal(seen.id, 'containerd');
    assert.equal(seen.address, engine.address);
    assert.equal(seen.status, 'ok');
    assert.match(seen.version ?? '', /^v?\d+\.\d+/);
  });

  test('shows an image of several namespaces once, with all its names', async () => {
    const image = smallImage([[{ path: 'a', content: 'names' }], [{ path: 'b' }]], {
      labels: { vendor: 'harbour' },
    });
    await load(image, ['localhost/names:1', 'localhost/names:latest'], 'default');
    await load(image, ['localhost/names:1'], 'other');

    const seen = await imageNamed('localhost/names:1');
    assert.ok(seen);
    assert.equal(seen.imageId, image.imageId);
    const names = seen.names.map(({ engine: id, ...name }) =>
      [id, name.namespace, name.name, name.target].join(' '),
    );
    assert.deepEqual(names.toSorted(), [
      `containerd default localhost/names:1 ${image.manifest.digest}`,
      `containerd default localhost/names:latest ${image.manifest.digest}`,
      `containerd other localhost/names:1 ${image.manifest.digest}`,
    ]);
    assert.deepEqual(seen.manifestDigests, [image.manifest.digest]);
    assert.deepEqual(seen.diffIds, image.diffIds);
    assert.deepEqual([seen.os, seen.architecture, seen.variant], ['linux', HERE, undefined]);
    assert.equal(seen.builtAt, 0);
    assert.equal(seen.labels['vendor'], 'harbour');
    assert.equal(seen.pinned, false);
    const held = [...image.blobs.values()].reduce((total, { length }) => total + length, 0);
    assert.equal(seen.sizeBytes, held);
  });

  test("follows an index to this machine's manifest", async () => {
    const here = smallImage([[{ path: 'here' }]], { architecture: HERE });
    const index = buildIndex([smallImage([[{ path: 'there' }]], { architecture: ELSEWHERE }), here]);
    await load(index, ['localhost/index:1'], 'default');

    const seen = await imageNamed('localhost/index:1');
    assert.equal(seen?.imageId, here.imageId);
    assert.deepEqual(seen?.manifestDigests, [here.manifest.digest]);
    assert.equal(seen?.names[0]?.target, index.manifest.digest);
  });

  test('never takes an attestation for an image', async () => {
    const attestation = smallImage([[{ path: 'attestation' }]]);
    const unknown = { os: 'unknown', architecture: 'unknown' };
    const here = smallImage([[{ path: 'attested' }]]);
    const index = buildIndex([
      { ...attestation, manifest: { ...attestation.manifest, platform: unknown } },
      here,
    ]);
    await load(index, ['localhost/attested:1'], 'default');
    assert.equal((await imageNamed('localhost/attested:1'))?.imageId, here.imageId);
  });

  test('shows what is here of an image for other platforms, and says so', async () => {
    const foreign = smallImage([[{ path: 'foreign' }]], { architecture: ELSEWHERE });
    await load(buildIndex([foreign]), ['localhost/foreign:1'], 'default');

    const { images, problems } = await runtime.view(signal);
    assert.equal(images.find(({ imageId }) => imageId === foreign.imageId)?.architecture, ELSEWHERE);
    const problem = problems.find(({ subject }) => subject === 'default/localhost/foreign:1');
    assert.match(problem?.message ?? '', new RegExp(`linux/${HERE}.*linux/${ELSEWHERE}`));
  });

  test('names a broken image as a problem and goes on', async () => {
    const image = smallImage([[{ path: 'broken' }]]);
    await load(image, ['localhost/broken:1'], 'broken');
    await engine.ctr('--namespace', 'broken', 'content', 'rm', image.imageId);

    const fresh = runtimeOn(engine.address);
    const { images, problems } = await fresh.view(signal);
    await fresh.close();
    assert.ok(images.length > 0);
    assert.ok(!images.some(({ imageId }) => imageId === image.imageId));
    const problem = problems.find(({ subject }) => subject === 'broken/localhost/broken:1');
    assert.match(problem?.message ?? '', new RegExp(`config ${image.imageId} is not in the content store`));
  });

  test('reads no content of what it has read before', async () => {
    const image = smallImage([[{ path: 'once' }]]);
    await load(image, ['localhost/once:1'], 'default');
    const fresh = runtimeOn(engine.address, { excludedNamespaces: ['broken'] });
    await fresh.view(signal);
    const before = fresh.calls('Content/Read');
    assert.ok(before >= 2);
    const again = await fresh.view(signal);
    assert.equal(fresh.calls('Content/Read'), before);
    assert.ok(again.images.some(({ imageId }) => imageId === image.imageId));

    await load(image, ['localhost/once:2'], 'default');
    const renamed = await fresh.view(signal);
    assert.equal(fresh.calls('Content/Read'), before);
    assert.equal(renamed.images.find(({ imageId }) => imageId === image.imageId)?.names.length, 2);
    await fresh.close();
  });

  test('leaves out the namespaces it is told to', async () => {
    await load(smallImage([[{ path: 'hidden' }]]), ['localhost/hidden:1'], 'hidden');
    const blind = runtimeOn(engine.address, { excludedNamespaces: ['hidden'] });
    const { images } = await blind.view(signal);
    await blind.close();
    assert.ok(images.every(({ names }) => names.every(({ namespace }) => namespace !== 'hidden')));
    assert.ok(await imageNamed('localhost/hidden:1'));
  });

  test('sees the pin on any of the names', async () => {
    const image = smallImage([[{ path: 'pinned' }]]);
    await load(image, ['localhost/pinned:1', 'localhost/pinned:2'], 'default');
    await engine.ctr('images', 'label', 'localhost/pinned:2', 'io.cri-containerd.pinned=pinned');
    assert.equal((await imageNamed('localhost/pinned:1'))?.pinned, true);
  });

  test('shows leases with what they hold, and not our own', async () => {
    const connection = connect(engine.address, {});
    const context = { namespace: 'default', signal };
    const { lease } = await connection.call(createLease, { id: 'of-another', labels: { who: 'x' } }, context);
    const resource = { type: 'content', id: `sha256:${'0'.repeat(64)}` };
    await connection.call(addLeaseResource, { id: lease?.id ?? '', resource }, context);
    const own = { owner: 'test', leaseMs: 60_000, now: Date.now, randomId: () => 'own' };
    const view = await withLease(connection, own, 'default', signal, async () => await runtime.view(signal));
    connection.close();
    assert.deepEqual(view.leases, [
      { namespace: 'default', id: 'of-another', labels: { who: 'x' }, resources: [resource] },
    ]);
  });

  suite('of containers', () => {
    const NAMESPACE = 'containers';

    async function unpacked(image: BuiltImage, ...names: readonly string[]): Promise<void> {
      await engine.importArchive(ociArchive([{ image, names }]), { namespace: NAMESPACE });
    }

    async function container(id: string) {
      const { containers } = await runtime.view(signal);
      return containers.find((one) => one.id === id && one.namespace === NAMESPACE);
    }

    test('tells state, process and image', async () => {
      const image = await runnableImage();
      await unpacked(image, 'localhost/states:1');
      const run = (id: string, args: readonly string[], start = true) =>
        engine.runContainer('localhost/states:1', id, args, { namespace: NAMESPACE, start });
      await run('running', ['/bin/busybox', 'sleep', '1000']);
      await run('exited', ['/bin/busybox', 'true']);
      await run('created', ['/bin/busybox', 'true'], false);

      const running = await container('running');
      assert.equal(running?.state, 'running');
      const tasks = await engine.ctr('--namespace', NAMESPACE, 'tasks', 'list');
      assert.match(tasks, new RegExp(`running +${running?.pid} +RUNNING`));
      assert.equal(running?.imageId, image.imageId);
      assert.equal(running?.imageName, 'localhost/states:1');
      assert.deepEqual([running?.snapshotter, running?.snapshotKey], ['overlayfs', 'running']);
      assert.equal(running?.kind, 'container');
      assert.ok(Math.abs((running?.createdAt ?? 0) - Date.now()) < 120_000);

      let exited = await container('exited');
      for (let tries = 0; exited?.state !== 'exited' && tries < 1200; tries += 1) {
        await sleep(50);
        exited = await container('exited');
      }
      assert.equal(exited?.state, 'exited');
      assert.equal(exited?.pid, undefined);
      const created = await container('created');
      assert.deepEqual(
        [created?.state, created?.pid, created?.imageId],
        ['created', undefined, image.imageId],
      );
    });

    test("takes pod and kind from kubelet's labels", async () => {
      await unpacked(await runnableImage(), 'localhost/labels:1');
      const labels = {
        'io.cri-containerd.kind': 'sandbox',
        'io.kubernetes.pod.name': 'web-0',
        'io.kubernetes.pod.namespace': 'shop',
        'io.kubernetes.pod.uid': '11-22',
        'io.kubernetes.container.name': 'web',
      };
      const more = { namespace: NAMESPACE, start: false, labels };
      await engine.runContainer('localhost/labels:1', 'labelled', [], more);
      const seen = await container('labelled');
      assert.deepEqual(seen?.pod, { name: 'web-0', namespace: 'shop', uid: '11-22' });
      assert.deepEqual([seen?.kind, seen?.name], ['sandbox', 'web']);
    });

    test('tells privileged from confined', async () => {
      await unpacked(await runnableImage(), 'localhost/privileged:1');
      for (const privileged of [true, false]) {
        const id = `privileged-${privileged}`;
        const more = { namespace: NAMESPACE, start: false, privileged };
        await engine.runContainer('localhost/privileged:1', id, [], more);
        assert.equal((await container(id))?.privileged, privileged);
      }
    });

    test('finds the image by the snapshot when the name points elsewhere by now', async () => {
      const old = await runnableImage([[{ path: 'version', content: 'old' }]]);
      const young = await runnableImage([[{ path: 'version', content: 'new' }]]);
      await unpacked(old, 'localhost/moving:latest', 'localhost/moving:1');
      const more = { namespace: NAMESPACE, start: false };
      await engine.runContainer('localhost/moving:latest', 'from-old', [], more);
      await unpacked(young, 'localhost/moving:latest');
      await engine.runContainer('localhost/moving:latest', 'from-new', [], more);
      assert.equal((await container('from-old'))?.imageId, old.imageId);
      assert.equal((await container('from-new'))?.imageId, young.imageId);

      // With its last name the old image is gone; the new one is still not it.
      await engine.ctr('--namespace', NAMESPACE, 'images', 'rm', 'localhost/moving:1');
      const orphan = await container('from-old');
      assert.equal(orphan?.imageName, 'localhost/moving:latest');
      assert.equal(orphan?.imageId, undefined);
    });

    test('asks nothing about the snapshots and specs it knows', async () => {
      await runtime.view(signal);
      const before = runtime.calls('Snapshots/Stat');
      await runtime.view(signal);
      assert.equal(runtime.calls('Snapshots/Stat'), before);
    });
  });
});
