import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, suite, test } from 'node:test';
import { containerdRemoval } from '../../agent/runtimes/containerd/removal.ts';
import type { Removal, SavedName } from '../../agent/runtimes/removal.ts';
import { SpaceLedger, type Space } from '../../core/cleanup/storage.ts';
import type { ImageName } from '../../core/inventory.ts';
import { ociArchive, type BuiltImage } from '../../cli/demo/oci-image.ts';
import { runtimeOn, type CountingRuntime } from '../support/containerd-runtime.ts';
import { collect, empty, freedSince, spaceOf } from '../support/containerd-space.ts';
import { startContainerd, type TestContainerd } from '../support/containerd.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { needsRoot } from '../support/requirements.ts';
import { runnableImage } from '../support/small-images.ts';

const signal = AbortSignal.timeout(600_000);
const SLEEP = ['/bin/busybox', 'sleep', '1000'];
const NOTHING: Space = { bytes: 0, inodes: 0 };

suite("removing containerd's images", { skip: needsRoot() }, () => {
  let engine: TestContainerd;
  let runtime: CountingRuntime;
  let removal: Removal;
  let registry: TestRegistry;
  let number = 0;

  before(async () => {
    engine = await startContainerd({ cri: false });
    runtime = runtimeOn(engine.address);
    removal = containerdRemoval({ address: engine.address, owner: 'remover' });
    registry = await startRegistry();
  });
  after(async () => {
    await removal?.close();
    await runtime?.close();
    await registry?.stop();
    await engine?.stop();
  });
  beforeEach(() => {
    number += 1;
  });
  afterEach(async () => {
    await empty(engine);
  });

  function fresh(text = ''): Promise<BuiltImage> {
    return runnableImage([[{ path: `unique-${number}${text}`, content: `${number}`.repeat(5_000) }]]);
  }

  async function load(image: BuiltImage, names: readonly string[], namespace = 'default'): Promise<void> {
    await engine.importArchive(ociArchive([{ image, names }]), { namespace });
    await collect(engine);
  }

  async function namesOf(image: BuiltImage): Promise<readonly ImageName[]> {
    const { images } = await runtime.view(signal);
    return images.find(({ imageId }) => imageId === image.imageId)?.names ?? [];
  }

  async function predicted(image: BuiltImage): Promise<Space> {
    return new SpaceLedger((await runtime.holdings(signal)).storage).exclusive(image.imageId);
  }

  async function removeAll(names: readonly SavedName[]): Promise<readonly string[]> {
    const kinds: string[] = [];
    for (const [at, name] of names.entries()) {
      kinds.push((await removal.remove(name, at === names.length - 1, signal)).kind);
    }
    return kinds;
  }

  function lease(image: BuiltImage, namespace = 'default') {
    const leaseId = `tallyman-quarantine-${number}-${namespace}`;
    return { namespace, imageId: image.imageId, leaseId, expiresAt: Date.now() + 3_600_000 };
  }

  test('13: frees what was predicted, to the byte and the inode, of two that share a base', async () => {
    const [one, two] = [await fresh('one'), await fresh('two')];
    await load(one, ['localhost/base-one:1']);
    await load(two, ['localhost/base-two:1']);
    for (const image of [one, two]) {
      const expected = await predicted(image);
      assert.ok(expected.bytes > 0 && expected.inodes > 0);
      const before = await spaceOf(engine);
      const saved = await removal.save(await namesOf(image), signal);
      assert.deepEqual(await removeAll(saved), ['removed']);
      assert.deepEqual(freedSince(before, await spaceOf(engine)), expected);
    }
    // The base went with the second.
    assert.equal((await spaceOf(engine)).bytes, 0);
  });

  test('14: frees no blob that another namespace knows, but the snapshots of its own', async () => {
    const image = await fresh();
    await load(image, ['localhost/shared:1'], 'default');
    await load(image, ['localhost/shared:1'], 'other');
    const names = await namesOf(image);
    const before = await spaceOf(engine);
    const expected = await predicted(image);
    const here = names.filter(({ namespace }) => namespace === 'default');
    const saved = await removal.save(here, signal);
    // Every name of the same target is told, whoever has it.
    assert.deepEqual(
      saved.map(({ namespace }) => namespace),
      ['default', 'other'],
    );
    await removeAll(saved.filter(({ namespace }) => namespace === 'default'));
    const middle = await spaceOf(engine);
    const blobs = [...image.blobs.values()].reduce((sum, { length }) => sum + length, 0);
    const snapshots = (expected.bytes - blobs) / 2;
    assert.equal(freedSince(before, middle).bytes, snapshots);
    await removeAll(saved.filter(({ namespace }) => namespace === 'other'));
    assert.deepEqual(freedSince(before, await spaceOf(engine)), expected);
  });

  test('15: frees nothing while another name is left', async () => {
    const image = await fresh();
    await load(image, ['localhost/tags:1', 'localhost/tags:2']);
    const before = await spaceOf(engine);
    const saved = await removal.save(await namesOf(image), signal);
    const [first, second] = saved;
    assert.ok(first && second);
    assert.deepEqual(await removal.remove(first, true, signal), { kind: 'removed' });
    assert.deepEqual(freedSince(before, await spaceOf(engine)), NOTHING);
    assert.deepEqual(await removal.remove(first, false, signal), { kind: 'gone' });
    await removal.remove(second, true, signal);
    assert.equal((await spaceOf(engine)).bytes, 0);
  });

  test('leaves the layers to a container that stands on them, as predicted', async () => {
    const image = await fresh();
    await load(image, ['localhost/used:1']);
    await engine.runContainer('localhost/used:1', 'stays', SLEEP);
    const expected = await predicted(image);
    const blobs = [...image.blobs.values()].reduce((sum, { length }) => sum + length, 0);
    assert.equal(expected.bytes, blobs);
    const before = await spaceOf(engine);
    await removeAll(await removal.save(await namesOf(image), signal));
    assert.equal(freedSince(before, await spaceOf(engine)).bytes, blobs);
    assert.match(await engine.ctr('tasks', 'list'), /stays\s+\d+\s+RUNNING/);
  });

  test('leaves a name alone that points elsewhere by now', async () => {
    const [before, after] = [await fresh('before'), await fresh('after')];
    // The second name keeps the base: containerd's import does not lease snapshots that it finds.
    await load(before, ['localhost/moves:1', 'localhost/stays:1']);
    const all = await removal.save(await namesOf(before), signal);
    const saved = all.find(({ name }) => name === 'localhost/moves:1');
    assert.ok(saved);
    await load(after, ['localhost/moves:1']);
    assert.deepEqual(await removal.remove(saved, true, signal), {
      kind: 'changed',
      target: after.manifest.digest,
    });
    assert.equal((await namesOf(after)).length, 1);
  });

  test('collects when the last name is gone already', async () => {
    const image = await fresh();
    await load(image, ['localhost/late:1', 'localhost/late:2']);
    const saved = await removal.save(await namesOf(image), signal);
    const [first, second] = saved;
    assert.ok(first && second);
    await removal.remove(first, false, signal);
    await engine.ctr('images', 'rm', second.name);
    assert.deepEqual(await removal.remove(second, true, signal), { kind: 'gone' });
    assert.equal((await spaceOf(engine)).bytes, 0);
    assert.equal(await engine.ctr('leases', 'list', '--quiet'), '');
  });

  test("refuses Docker's namespace", async () => {
    const image = await fresh();
    await load(image, ['docker.io/library/dockers:1'], 'moby');
    const [name] = await namesOf(image);
    assert.ok(name);
    assert.deepEqual(await removal.save([name], signal), []);
    await assert.rejects(removal.remove(name, true, signal), { name: 'RuntimeError', code: 'unsupported' });
  });

  test('under quarantine frees nothing, and is undone with everything as it was', async () => {
    const image = await fresh();
    await load(image, ['localhost/undo:1', 'localhost/undo:2']);
    await engine.ctr('images', 'label', 'localhost/undo:1', 'owner=somebody');
    const saved = await removal.save(await namesOf(image), signal);
    const before = await spaceOf(engine);
    const quarantine = lease(image);
    await removal.quarantine?.keep(quarantine, [image.manifest.digest], signal);
    assert.deepEqual(await removeAll(saved), ['removed', 'removed']);
    assert.deepEqual(freedSince(before, await spaceOf(engine)), NOTHING);
    assert.deepEqual(await namesOf(image), []);

    // A lease of ours uses nothing, is nobody's lease in a view, and is known by whom it keeps.
    const { uses, view, storage } = await runtime.holdings(signal);
    assert.deepEqual(uses, []);
    assert.deepEqual(view.leases, []);
    const holders = storage.roots.map(({ holder }) => holder);
    assert.deepEqual(holders, [{ kind: 'quarantine', imageId: image.imageId, leaseId: quarantine.leaseId }]);

    assert.deepEqual(await removal.quarantine?.restore(saved, signal), []);
    await removal.quarantine?.release(quarantine, true, signal);
    assert.deepEqual(await removal.save(await namesOf(image), signal), saved);
    assert.deepEqual(freedSince(before, await spaceOf(engine)), NOTHING);
    await engine.runContainer('localhost/undo:1', 'undone', SLEEP);
    assert.match(await engine.ctr('tasks', 'list'), /undone\s+\d+\s+RUNNING/);
  });

  test('frees what was predicted when the quarantine is given back', async () => {
    const image = await fresh();
    await load(image, ['localhost/commit:1']);
    const expected = await predicted(image);
    const before = await spaceOf(engine);
    const saved = await removal.save(await namesOf(image), signal);
    const quarantine = lease(image);
    await removal.quarantine?.keep(quarantine, [image.manifest.digest], signal);
    await removeAll(saved);
    await removal.quarantine?.release(quarantine, true, signal);
    assert.deepEqual(freedSince(before, await spaceOf(engine)), expected);
    await removal.quarantine?.release(quarantine, true, signal);
    await assert.rejects(removal.quarantine?.restore(saved, signal) ?? Promise.resolve(), {
      name: 'RuntimeError',
      code: 'not-found',
      message: /cannot be restored/,
    });
  });

  test('is not quarantined when the content is gone already', async () => {
    const image = await fresh();
    const keeping = removal.quarantine?.keep(lease(image), [image.manifest.digest], signal);
    await assert.rejects(keeping ?? Promise.resolve(), { name: 'RuntimeError', code: 'not-found' });
    await removal.quarantine?.release(lease(image), true, signal);
  });

  test('is undone around a name that points elsewhere by now', async () => {
    const [one, two] = [await fresh('one'), await fresh('two')];
    await load(one, ['localhost/taken:1', 'localhost/taken:2']);
    const saved = await removal.save(await namesOf(one), signal);
    await removal.quarantine?.keep(lease(one), [one.manifest.digest], signal);
    await removeAll(saved);
    await load(two, ['localhost/taken:1']);
    const left = await removal.quarantine?.restore(saved, signal);
    const name = 'localhost/taken:1';
    assert.deepEqual(left, [
      { engine: 'containerd', namespace: 'default', name, target: two.manifest.digest },
    ]);
    assert.deepEqual(
      (await namesOf(one)).map((is) => is.name),
      ['localhost/taken:2'],
    );
    await removal.quarantine?.release(lease(one), true, signal);
  });

  test('keeps a quarantine when we start again and when containerd does', async () => {
    const image = await fresh();
    await load(image, ['localhost/crash:1']);
    const saved = await removal.save(await namesOf(image), signal);
    await removal.quarantine?.keep(lease(image), [image.manifest.digest], signal);
    await removeAll(saved);
    const before = await spaceOf(engine);
    await engine.kill();
    await engine.restart();
    const next = runtimeOn(engine.address, { owner: 'remover' });
    assert.equal(await next.removeOwnLeases(signal), 0);
    await next.close();
    // A collection comes by.
    const other = await fresh('other');
    await load(other, ['localhost/other:1']);
    await engine.ctr('images', 'rm', '--sync', 'localhost/other:1');
    assert.deepEqual(freedSince(before, await spaceOf(engine)), NOTHING);
    assert.deepEqual(await removal.quarantine?.restore(saved, signal), []);
    await removal.quarantine?.release(lease(image), true, signal);
    await engine.runContainer('localhost/crash:1', 'crash', SLEEP);
  });

  test('26: while a sibling is pulled leaves the sibling whole', async () => {
    const [one, two] = [await fresh('one'), await fresh('two')];
    const [first, second] = [registry.add('shop/one', '1', one), registry.add('shop/two', '1', two)];
    await engine.ctr('images', 'pull', '--plain-http', first);
    const own = two.layers.at(-1)?.digest;
    let arrived = (): void => undefined;
    let go = (): void => undefined;
    const asked = new Promise<void>((resolve) => (arrived = resolve));
    const gate = new Promise<void>((resolve) => (go = resolve));
    registry.beforeBlob = async (digest) => {
      if (digest !== own) return;
      arrived();
      await gate;
    };
    const pull = engine.ctr('images', 'pull', '--plain-http', second);
    await asked;
    // The pull's lease holds what it found here: the base, and so the first image is in use by it.
    const { uses, storage } = await runtime.holdings(signal);
    assert.deepEqual(
      uses.map(({ imageId, kind }) => [imageId, kind]),
      [[one.imageId, 'lease']],
    );
    const expected = new SpaceLedger(storage).exclusive(one.imageId);
    const base = one.layers[0]?.digest ?? '';
    await removeAll(await removal.save(await namesOf(one), signal));
    assert.ok(expected.bytes > 0);
    assert.match(await engine.ctr('content', 'list', '--quiet'), new RegExp(base));
    go();
    await pull;
    await engine.runContainer(second, 'sibling', SLEEP);
    assert.match(await engine.ctr('tasks', 'list'), /sibling\s+\d+\s+RUNNING/);
  });
});
