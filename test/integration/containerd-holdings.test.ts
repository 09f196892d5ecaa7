import assert from 'node:assert/strict';
import { after, before, beforeEach, suite, test } from 'node:test';
import { connect, type Connection } from '../../agent/runtimes/containerd/connection.ts';
import { withLease } from '../../agent/runtimes/containerd/leases.ts';
import { addLeaseResource, createLease } from '../../agent/runtimes/containerd/methods.ts';
import { SpaceLedger } from '../../core/cleanup/storage.ts';
import { buildIndex, ociArchive, type BuiltImage } from '../../cli/demo/oci-image.ts';
import { runtimeOn, type CountingRuntime } from '../support/containerd-runtime.ts';
import { startContainerd, type TestContainerd } from '../support/containerd.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { needsRoot } from '../support/requirements.ts';
import { runnableImage, smallImage } from '../support/small-images.ts';

const signal = AbortSignal.timeout(600_000);
const SLEEP = ['/bin/busybox', 'sleep', '1000'];
const HERE = process.arch === 'x64' ? 'amd64' : process.arch;

suite("who uses containerd's images", { skip: needsRoot() }, () => {
  let engine: TestContainerd;
  let runtime: CountingRuntime;
  let connection: Connection;
  let registry: TestRegistry;
  let number = 0;

  before(async () => {
    engine = await startContainerd({ cri: false });
    runtime = runtimeOn(engine.address);
    connection = connect(engine.address, {});
    registry = await startRegistry();
  });
  after(async () => {
    connection?.close();
    await runtime?.close();
    await registry?.stop();
    await engine?.stop();
  });
  beforeEach(() => {
    number += 1;
  });

  /** An image that runs and that no other test has. */
  function fresh(): Promise<BuiltImage> {
    return runnableImage([[{ path: `unique-${number}`, content: `${number}` }]]);
  }

  async function load(image: BuiltImage, names: readonly string[], namespace = 'default'): Promise<void> {
    await engine.importArchive(ociArchive([{ image, names }]), { namespace });
  }

  async function usesOf(image: BuiltImage): Promise<readonly string[]> {
    const uses = await runtime.uses(signal);
    return uses
      .filter(({ imageId }) => imageId === image.imageId)
      .map(({ kind, who }) => `${kind}: ${who}`)
      .toSorted();
  }

  test('is nobody for an image without containers', async () => {
    const image = await fresh();
    await load(image, ['localhost/unused:1']);
    assert.deepEqual(await usesOf(image), []);
  });

  test('1: is a container that runs, is only created, or has ended, in whatever namespace', async () => {
    const image = await fresh();
    await load(image, ['localhost/states:1'], 'elsewhere');
    const namespace = 'elsewhere';
    await engine.runContainer('localhost/states:1', 'runs', SLEEP, { namespace });
    await engine.runContainer('localhost/states:1', 'made', SLEEP, { namespace, start: false });
    await engine.runContainer('localhost/states:1', 'ended', ['/bin/busybox', 'true'], { namespace });
    await ended('elsewhere', 'ended');
    assert.deepEqual(await usesOf(image), [
      'container: container ended (exited)',
      'container: container made (created)',
      'container: container runs (running)',
    ]);
    await engine.ctr('--namespace', namespace, 'tasks', 'delete', 'ended');
    await engine.ctr('--namespace', namespace, 'containers', 'delete', 'made', 'ended');
    assert.deepEqual(await usesOf(image), ['container: container runs (running)']);
  });

  async function ended(namespace: string, id: string): Promise<void> {
    for (let tries = 0; tries < 1200; tries += 1) {
      if (/STOPPED/.test(await engine.ctr('--namespace', namespace, 'tasks', 'list'))) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`${id} does not end`);
  }

  test('4: is a container whose name of the image points elsewhere by now: both images are in use', async () => {
    const before = await fresh();
    await load(before, ['localhost/moved:1']);
    await engine.runContainer('localhost/moved:1', 'moved', SLEEP, { start: false });
    const after = smallImage([[{ path: 'after' }]]);
    await load(after, ['localhost/moved:1']);
    // Only by its snapshot is the first one known, by another name.
    await load(before, ['localhost/moved:old']);
    assert.deepEqual(await usesOf(before), ['container: container moved (created)']);
    assert.deepEqual(await usesOf(after), ['container: container moved (created)']);
  });

  test('3: is a container made by digest', async () => {
    const image = await fresh();
    const name = `localhost/digest@${image.manifest.digest}`;
    await load(image, [name, 'localhost/digest:1']);
    await engine.runContainer(name, 'by-digest', SLEEP, { start: false });
    await engine.ctr('images', 'rm', name);
    assert.deepEqual(await usesOf(image), ['container: container by-digest (created)']);
  });

  test('is a container for every image with the same layers', async () => {
    const image = await fresh();
    const twin = await runnableImage([[{ path: `unique-${number}`, content: `${number}` }]], {
      labels: { twin: 'yes' },
    });
    await load(image, ['localhost/twin:1']);
    await load(twin, ['localhost/twin:2']);
    await engine.runContainer('localhost/twin:1', 'twin', SLEEP, { start: false });
    assert.deepEqual(await usesOf(image), await usesOf(twin));
    assert.equal((await usesOf(twin)).length, 1);
  });

  test('is a container of another platform of an index', async () => {
    const foreign = smallImage([[{ path: `foreign-${number}` }]], { architecture: 's390x' });
    const here = smallImage([[{ path: `here-${number}` }]], { architecture: HERE });
    const archive = ociArchive([{ image: buildIndex([foreign, here]), names: ['localhost/platforms:1'] }]);
    await engine.importArchive(archive, { allPlatforms: true, unpack: false });
    // As a run for the other platform would: it is unpacked, and the config's label says so.
    const [base = ''] = foreign.diffIds;
    const unpacked = `containerd.io/gc.ref.snapshot.overlayfs=${base}`;
    await engine.ctr('content', 'label', foreign.imageId, unpacked);
    await engine.ctr('snapshots', 'prepare', 'layer');
    await engine.ctr('snapshots', 'commit', base, 'layer');
    await engine.ctr('snapshots', 'prepare', 'somebody', base);
    await engine.ctr('snapshots', 'label', base, 'containerd.io/gc.root=');
    assert.deepEqual(await usesOf(here), ['container: snapshot somebody of namespace default']);
    await engine.ctr('snapshots', 'rm', 'somebody');
  });

  test('is somebody who made a snapshot upon it, with no container', async () => {
    const image = await fresh();
    await load(image, ['localhost/snapshot:1']);
    const { storage, view } = await runtime.holdings(signal);
    const seen = view.images.find(({ imageId }) => imageId === image.imageId);
    assert.ok(seen);
    const [top = ''] = [...(storage.things.get(`content/default/${image.imageId}`)?.refs ?? [])];
    const chain = top.slice(top.lastIndexOf('/') + 1);
    await engine.ctr('snapshots', 'prepare', 'builder', chain);
    await engine.ctr('snapshots', 'commit', 'builder-committed', 'builder');
    await engine.ctr('snapshots', 'prepare', 'builder-next', 'builder-committed');
    assert.deepEqual(await usesOf(image), ['container: snapshot builder-next of namespace default']);
    await engine.ctr('snapshots', 'rm', 'builder-next');
    await engine.ctr('snapshots', 'rm', 'builder-committed');
    assert.deepEqual(await usesOf(image), []);
  });

  test('is a lease of somebody else on any of its blobs, expired or not', async () => {
    const image = await fresh();
    await load(image, ['localhost/leased:1']);
    const context = { namespace: 'default', signal };
    for (const [at, digest] of [
      image.manifest.digest,
      image.imageId,
      image.layers.at(-1)?.digest ?? '',
    ].entries()) {
      const id = `somebody-${at}`;
      const labels =
        at === 0
          ? { 'containerd.io/gc.expire': new Date(Date.now() + 3_600_000).toISOString() }
          : { 'moby/prune.images': '1' };
      await connection.call(createLease, { id, labels }, context);
      await connection.call(addLeaseResource, { id, resource: { type: 'content', id: digest } }, context);
    }
    const who = (at: number): string => `lease: lease somebody-${at} of namespace default`;
    assert.deepEqual(await usesOf(image), [who(0), who(1), who(2)]);
    // Two hours later nobody has collected it.
    const later = runtimeOn(engine.address, { now: () => Date.now() + 7_200_000 });
    const { leaks, uses } = await later.holdings(signal);
    await later.close();
    assert.equal(uses.filter(({ imageId }) => imageId === image.imageId).length, 3);
    assert.deepEqual(
      leaks.filter(({ kind }) => kind === 'lease').map(({ namespace, id }) => [namespace, id]),
      [['default', 'somebody-0']],
    );
    await engine.ctr('leases', 'delete', 'somebody-0', 'somebody-1', 'somebody-2');
    assert.deepEqual(await usesOf(image), []);
  });

  test('is a lease of somebody else on one of its snapshots', async () => {
    const image = await fresh();
    await load(image, ['localhost/held:1']);
    const context = { namespace: 'default', signal };
    await connection.call(createLease, { id: 'snapshots', labels: {} }, context);
    const resource = { type: 'snapshots/overlayfs', id: image.diffIds[0] ?? '' };
    await connection.call(addLeaseResource, { id: 'snapshots', resource }, context);
    assert.deepEqual(await usesOf(image), ['lease: lease snapshots of namespace default']);
    await engine.ctr('leases', 'delete', 'snapshots');
  });

  test('is our own reading while it lasts', async () => {
    const image = await fresh();
    await load(image, ['localhost/scanned:1']);
    const options = { owner: 'somebody', leaseMs: 60_000, now: Date.now, randomId: () => 'scan' };
    await withLease(connection, options, 'default', signal, async (lease) => {
      await lease.hold('content', image.manifest.digest);
      assert.deepEqual(await usesOf(image), ['scan: lease tallyman-scan of namespace default']);
    });
    assert.deepEqual(await usesOf(image), []);
  });

  test('is a pin on one of its names, or a root label on what is in it', async () => {
    const image = await fresh();
    await load(image, ['localhost/pinned:1', 'localhost/pinned:2', 'localhost/pinned:3']);
    await engine.ctr('images', 'label', 'localhost/pinned:2', 'io.cri-containerd.pinned=pinned');
    assert.deepEqual(await usesOf(image), ['pin: a label on localhost/pinned:2 of namespace default']);
    await engine.ctr('images', 'label', 'localhost/pinned:2', 'io.cri-containerd.pinned=');
    await engine.ctr('content', 'label', image.imageId, 'containerd.io/gc.root=yes');
    const [use = ''] = await usesOf(image);
    assert.match(use, /^pin: the label containerd\.io\/gc\.root on blob sha256:/);
    await engine.ctr('content', 'label', image.imageId, 'containerd.io/gc.root=');
  });

  test('is told of namespaces too that are left out of the view', async () => {
    const image = await fresh();
    await load(image, ['localhost/hidden:1'], 'default');
    await load(image, ['localhost/hidden:1'], 'hidden');
    await engine.runContainer('localhost/hidden:1', 'hidden', SLEEP, { namespace: 'hidden', start: false });
    const narrow = runtimeOn(engine.address, { excludedNamespaces: ['hidden'] });
    const { view, uses, storage } = await narrow.holdings(signal);
    const names = view.images.find(({ imageId }) => imageId === image.imageId)?.names;
    assert.deepEqual(
      names?.map(({ namespace }) => namespace),
      ['default'],
    );
    assert.deepEqual(
      uses.filter(({ imageId }) => imageId === image.imageId).map(({ who }) => who),
      ['container hidden (created)'],
    );
    // What the hidden namespace knows as well is not freed: the blobs.
    const blobs = [...image.blobs.keys()].reduce(
      (sum, digest) => sum + (image.blobs.get(digest)?.length ?? 0),
      0,
    );
    const both = new SpaceLedger((await runtime.holdings(signal)).storage).exclusive(image.imageId);
    const alone = new SpaceLedger(storage).exclusive(image.imageId);
    assert.ok(both.bytes - alone.bytes <= blobs + 1_200_000);
    await narrow.close();
  });

  test('and which came from a registry, is told by what a pull leaves behind', async () => {
    const pulled = await fresh();
    const name = registry.add('shop/pulled', '1', pulled);
    await engine.ctr('images', 'pull', '--plain-http', name);
    const imported = smallImage([[{ path: `imported-${number}` }]]);
    await load(imported, [`${registry.host}/shop/imported:1`]);
    const { fromRegistry, restorable } = await runtime.holdings(signal);
    assert.ok(fromRegistry.has(pulled.imageId));
    assert.ok(!fromRegistry.has(imported.imageId));
    assert.ok(restorable.has(pulled.imageId) && restorable.has(imported.imageId));
  });

  test('and what Docker drives cannot be brought back here', async () => {
    const image = await fresh();
    await load(image, ['docker.io/library/dockers:1'], 'moby');
    const { restorable } = await runtime.holdings(signal);
    assert.ok(!restorable.has(image.imageId));
  });
});
