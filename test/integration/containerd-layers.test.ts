import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { after, before, suite, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { connect } from '../../agent/runtimes/containerd/connection.ts';
import { createLease, viewSnapshot } from '../../agent/runtimes/containerd/methods.ts';
import { RuntimeError, type LayerLocation, type LocatedLayer } from '../../agent/runtimes/runtime.ts';
import { ociArchive, sha256, type BuiltImage } from '../../cli/demo/oci-image.ts';
import type { TarEntry } from '../../cli/demo/tar-writer.ts';
import type { Image } from '../../core/inventory.ts';
import { runtimeOn, type CountingRuntime } from '../support/containerd-runtime.ts';
import { startContainerd, type ImportOptions, type TestContainerd } from '../support/containerd.ts';
import { needsRoot } from '../support/requirements.ts';
import { smallImage } from '../support/small-images.ts';

const signal = AbortSignal.timeout(600_000);

suite("an image's layers in containerd", { skip: needsRoot() }, () => {
  let engine: TestContainerd;
  let runtime: CountingRuntime;
  let count = 0;

  before(async () => {
    engine = await startContainerd({ cri: false });
    runtime = runtimeOn(engine.address);
  });
  after(async () => {
    await runtime?.close();
    await engine?.stop();
  });

  /** An image of its own for each test: three layers, the last of which hides a file of the first. */
  function threeLayers(): readonly (readonly TarEntry[])[] {
    count += 1;
    return [
      [{ path: 'base', content: `image ${count}` }, { path: 'gone' }],
      [
        { path: 'etc', type: 'directory' },
        { path: 'etc/middle', content: 'm' },
      ],
      [{ path: '.wh.gone' }, { path: 'top' }],
    ];
  }

  async function load(built: BuiltImage, options: ImportOptions = {}): Promise<Image> {
    const name = `localhost/layers:${built.imageId.slice(7, 19)}`;
    await engine.importArchive(ociArchive([{ image: built, names: [name] }]), options);
    const { images } = await runtime.view(signal);
    const image = images.find(({ imageId }) => imageId === built.imageId);
    assert.ok(image);
    return image;
  }

  async function assertNothingLeft(namespace = 'default'): Promise<void> {
    assert.equal(await engine.ctr('--namespace', namespace, 'leases', 'list', '--quiet'), '');
    for (const snapshotter of ['overlayfs', 'native']) {
      const list = await engine.ctr(
        '--namespace',
        namespace,
        'snapshots',
        '--snapshotter',
        snapshotter,
        'list',
      );
      assert.doesNotMatch(list, /View/);
    }
  }

  function path(location: LayerLocation | undefined): string {
    assert.ok(location && location.kind !== 'blob');
    return location.path;
  }

  test('are overlay directories, base first, each with its own files', async () => {
    const image = await load(smallImage(threeLayers()));
    await runtime.withLayers(image, signal, async (layers) => {
      assert.deepEqual(
        layers.map(({ diffId, location }) => [diffId, location.kind]),
        image.diffIds.map((diffId) => [diffId, 'overlay-directory']),
      );
      const [base, middle, top] = layers.map(({ location }) => path(location));
      assert.deepEqual((await readdir(base ?? '')).toSorted(), ['base', 'gone']);
      assert.deepEqual(await readdir(middle ?? '', { recursive: true }), ['etc', 'etc/middle']);
      const names = await readdir(top ?? '', { withFileTypes: true });
      const kinds = names.map((entry) => `${entry.name} ${entry.isCharacterDevice()}`);
      assert.deepEqual(kinds.toSorted(), ['gone true', 'top false']);
      assert.match(await readFile(`${base}/base`, 'utf8'), /^image \d+$/);
    });
    await assertNothingLeft();
  });

  test('is a single directory for a single layer', async () => {
    const image = await load(smallImage([[{ path: `single-${(count += 1)}` }]]));
    const names = await runtime.withLayers(image, signal, async ([only, ...more]) => {
      assert.equal(more.length, 0);
      return await readdir(path(only?.location));
    });
    assert.deepEqual(names, [`single-${count}`]);
    await assertNothingLeft();
  });

  test('of no layers are none, and cost no call', async () => {
    const image = { ...(await load(smallImage(threeLayers()))), diffIds: [] };
    const before = runtime.calls('Leases/Create');
    assert.deepEqual(await runtime.withLayers(image, signal, async (layers) => layers), []);
    assert.equal(runtime.calls('Leases/Create'), before);
  });

  test('are full trees with the native snapshotter', async () => {
    const image = await load(smallImage(threeLayers()), { snapshotter: 'native' });
    await runtime.withLayers(image, signal, async (layers) => {
      const trees: string[][] = [];
      let below: string | undefined;
      for (const { location } of layers) {
        assert.ok(location.kind === 'full-directory');
        assert.equal(location.parent, below);
        below = location.path;
        trees.push((await readdir(location.path, { recursive: true })).toSorted());
      }
      assert.deepEqual(trees, [
        ['base', 'gone'],
        ['base', 'etc', 'etc/middle', 'gone'],
        ['base', 'etc', 'etc/middle', 'top'],
      ]);
    });
    await assertNothingLeft();
  });

  test('are blobs where nothing is unpacked', async () => {
    const built = smallImage(threeLayers());
    const image = await load(built, { unpack: false });
    await runtime.withLayers(image, signal, async (layers) => {
      const digests: string[] = [];
      for (const { location } of layers) {
        assert.ok(location.kind === 'blob');
        const chunks: Uint8Array[] = [];
        for await (const chunk of location.open()) chunks.push(Buffer.from(chunk));
        digests.push(sha256(gunzipSync(Buffer.concat(chunks))));
      }
      assert.deepEqual(digests, built.diffIds);
    });
    await assertNothingLeft();
  });

  test('that are large blobs come in pieces, no faster than they are taken', async () => {
    const content = Buffer.alloc(9 * 1024 * 1024, 'tallyman');
    const built = smallImage([[{ path: `large-${(count += 1)}`, content }]], { compression: 'none' });
    const image = await load(built, { unpack: false });
    await runtime.withLayers(image, signal, async ([layer]) => {
      assert.ok(layer?.location.kind === 'blob');
      const before = runtime.calls('Content/Read');
      const pieces = layer.location.open()[Symbol.asyncIterator]();
      const first = await pieces.next();
      assert.ok(!first.done && first.value.length <= 4 * 1024 * 1024);
      assert.equal(runtime.calls('Content/Read'), before + 1);
      let total = first.value.length;
      for (let piece = await pieces.next(); !piece.done; piece = await pieces.next())
        total += piece.value.length;
      assert.equal(total, built.layers[0]?.size);
    });
  });

  test('are found in whichever namespace has them unpacked', async () => {
    const built = smallImage(threeLayers());
    await load(built, { namespace: 'packed', unpack: false });
    const image = await load(built, { namespace: 'unpacked' });
    // As if Docker, which knows nothing of namespaces, had told us.
    const strange = { ...image, names: [] };
    for (const one of [image, strange]) {
      const kinds = await runtime.withLayers(one, signal, async (layers) =>
        layers.map(({ location }) => location.kind),
      );
      assert.deepEqual(kinds, ['overlay-directory', 'overlay-directory', 'overlay-directory']);
    }
    await assertNothingLeft('unpacked');
    await assertNothingLeft('packed');
  });

  test('are not looked up again while they stay', async () => {
    const image = await load(smallImage(threeLayers()));
    const paths = async (layers: readonly LocatedLayer[]) => layers.map(({ location }) => path(location));
    const first = await runtime.withLayers(image, signal, paths);
    const before = runtime.calls('Snapshots/View');
    assert.deepEqual(await runtime.withLayers(image, signal, paths), first);
    assert.equal(runtime.calls('Snapshots/View'), before);
    await assertNothingLeft();
  });

  test('are looked up again when they were removed and unpacked anew', async () => {
    const built = smallImage(threeLayers());
    const image = await load(built);
    const top = async (layers: readonly LocatedLayer[]) => path(layers.at(-1)?.location);
    const first = await runtime.withLayers(image, signal, top);
    await engine.ctr('images', 'rm', '--sync', image.names[0]?.name ?? '');
    const again = await load(built);
    const second = await runtime.withLayers(again, signal, top);
    assert.notEqual(second, first);
    assert.ok((await readdir(second)).includes('top'));
  });

  test('stay while they are used, though the image is removed, and go afterwards', async () => {
    const image = await load(smallImage(threeLayers()));
    const remove = () => engine.ctr('images', 'rm', '--sync', image.names[0]?.name ?? '');
    const base = await runtime.withLayers(image, signal, async ([layer]) => {
      await remove();
      assert.deepEqual((await readdir(path(layer?.location))).toSorted(), ['base', 'gone']);
      return path(layer?.location);
    });
    await load(smallImage(threeLayers()));
    await engine.ctr('content', 'prune', 'references');
    await assert.rejects(readdir(base), { code: 'ENOENT' });
    await assertNothingLeft();
  });

  test('leave nothing behind when their use fails', async () => {
    const image = await load(smallImage(threeLayers()));
    const failing = runtime.withLayers(image, signal, () => Promise.reject(new Error('use failed')));
    await assert.rejects(failing, /use failed/);
    await assertNothingLeft();
  });

  test('leave nothing behind when they are called off while used', async () => {
    const image = await load(smallImage(threeLayers()));
    const calling = new AbortController();
    const reason = new Error('no longer wanted');
    const called = runtime.withLayers(image, calling.signal, async () => {
      calling.abort(reason);
      calling.signal.throwIfAborted();
    });
    await assert.rejects(called, reason);
    await assertNothingLeft();
  });

  for (const snapshotter of ['overlayfs', 'native']) {
    for (const method of ['Leases/Create', 'Snapshots/View']) {
      test(`leave nothing behind when they are called off during ${method} (${snapshotter})`, async () => {
        const image = await load(smallImage(threeLayers()), { snapshotter });
        const reason = new Error('no longer wanted');
        const stopping = new AbortController();
        const stopped = runtimeOn(engine.address, {
          onCall: (call) => void (call.endsWith(method) && setImmediate(() => stopping.abort(reason))),
        });
        const called = stopped.withLayers(image, stopping.signal, () => assert.fail('used'));
        await assert.rejects(called, reason);
        await stopped.close();
        await assertNothingLeft();
      });
    }
  }

  test('are an error when the lease was lost under way', async () => {
    const image = await load(smallImage(threeLayers()));
    const losing = runtime.withLayers(image, signal, async () => {
      const lease = await engine.ctr('leases', 'list', '--quiet');
      await engine.ctr('leases', 'delete', lease);
    });
    await assert.rejects(losing, /took back the lease/);
  });

  test('that are neither unpacked nor kept are not found', async () => {
    const image = await load(smallImage(threeLayers()), { unpack: false });
    await engine.ctr('images', 'rm', '--sync', image.names[0]?.name ?? '');
    await assert.rejects(
      runtime.withLayers(image, signal, async () => undefined),
      (error) => error instanceof RuntimeError && error.code === 'not-found',
    );
    await assertNothingLeft();
  });

  test('that a crash left leased are given back at the next start', async () => {
    const image = await load(smallImage(threeLayers()));
    const connection = connect(engine.address, {});
    const context = { namespace: 'default', signal };
    for (const owner of ['crashed', 'alive']) {
      const lease = `tallyman-${owner}`;
      await connection.call(createLease, { id: lease, labels: { 'tallyman.dev/lease': owner } }, context);
      const view = { snapshotter: 'overlayfs', key: `${lease}-0`, parent: image.diffIds[0] ?? '' };
      await connection.call(viewSnapshot, view, { ...context, lease });
    }
    connection.close();

    const next = runtimeOn(engine.address, { owner: 'crashed' });
    assert.equal(await next.removeOwnLeases(signal), 1);
    assert.equal(await engine.ctr('leases', 'list', '--quiet'), 'tallyman-alive');
    const snapshots = await engine.ctr('snapshots', 'list');
    assert.doesNotMatch(snapshots, /tallyman-crashed/);
    assert.match(snapshots, /tallyman-alive-0/);
    await next.close();

    const other = runtimeOn(engine.address, { owner: 'alive' });
    assert.equal(await other.removeOwnLeases(signal), 1);
    assert.equal(await other.removeOwnLeases(signal), 0);
    await other.close();
    await assertNothingLeft();
  });
});
