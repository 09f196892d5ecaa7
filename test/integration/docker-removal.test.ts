import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { dockerRemoval } from '../../agent/runtimes/docker/removal.ts';
import type { NameRemoval, Removal, SavedName } from '../../agent/runtimes/removal.ts';
import { buildImage, dockerArchive, type BuiltImage } from '../../cli/demo/oci-image.ts';
import { writeTar } from '../../cli/demo/tar-writer.ts';
import { startDockerd, type TestDockerd } from '../support/dockerd.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { needsCommands, needsRoot } from '../support/requirements.ts';

const skip = needsRoot() || needsCommands('dockerd', 'containerd', 'docker', 'busybox');

const NO_IMAGE = `sha256:${'0'.repeat(64)}`;

suite("removal of Docker's images", { skip }, () => {
  let dockerd: TestDockerd;
  let removal: Removal;
  let busybox: Buffer;
  let registry: TestRegistry;

  before(async () => {
    dockerd = await startDockerd();
    registry = await startRegistry();
    removal = dockerRemoval({ address: `unix://${dockerd.address}`, timeoutMs: 120_000 });
    busybox = writeTar([
      { path: 'bin', type: 'directory' },
      { path: 'bin/busybox', mode: 0o755, content: await readFile('/bin/busybox') },
    ]);
  });

  after(async () => {
    await removal?.close();
    await registry?.stop();
    await dockerd?.stop();
  });

  test('takes the names one by one, and the image with the last of them', async () => {
    const names = ['example.com/many:1', 'example.com/many:2', 'example.com:5000/deep/many:1'];
    const { imageId } = await load(names);
    const saved = await save([...names, 'example.com/never:1']);
    assert.deepEqual(
      saved,
      names.map((name) => ({ engine: 'docker', namespace: '', name, target: imageId })),
    );
    for (const [at, name] of saved.entries()) {
      assert.deepEqual(await namesIn(imageId), names.slice(at).toSorted(byText));
      assert.deepEqual(await remove(name), { kind: 'removed' });
    }
    assert.equal(await namesIn(imageId), undefined);
    assert.deepEqual(await remove(saved[0]), { kind: 'gone' });
    assert.equal(removal.quarantine, undefined);
  });

  test('what names were to point at is saved with the names that it got since', async () => {
    const { imageId, tag, digest } = await pull('named-since');
    await dockerd.docker('tag', tag, 'example.com/since:1');
    const saved = await save([tag, digest], imageId);
    assert.deepEqual(
      saved.map(({ name, target }) => [name, target]),
      [tag, digest, 'example.com/since:1'].map((name) => [name, imageId]),
    );
    for (const name of saved) await remove(name);
    assert.equal(await namesIn(imageId), undefined);
  });

  test('a digest reference goes with the last tag of its repository, and not before', async () => {
    const { imageId, tag, digest } = await pull('pulled');
    await dockerd.docker('tag', tag, `${registry.host}/pulled:2`);
    const [first, second, reference] = await save([tag, `${registry.host}/pulled:2`, digest]);
    assert.deepEqual(await remove(first), { kind: 'removed' });
    assert.deepEqual(await namesIn(imageId), [second?.name, digest]);
    assert.deepEqual(await remove(second), { kind: 'removed' });
    assert.equal(await namesIn(imageId), undefined);
    assert.deepEqual(await remove(reference), { kind: 'gone' });
  });

  test('a digest reference can be taken first', async () => {
    const { imageId, tag, digest } = await pull('by-digest');
    const [reference, name] = await save([digest, tag]);
    assert.deepEqual(await remove(reference), { kind: 'removed' });
    assert.deepEqual(await namesIn(imageId), [tag]);
    assert.deepEqual(await remove(name), { kind: 'removed' });
    assert.equal(await namesIn(imageId), undefined);
  });

  test('an image that was pulled by digest alone goes by it', async () => {
    const { imageId, tag, digest } = await pull('untagged');
    await dockerd.docker('rmi', tag);
    await dockerd.docker('pull', digest);
    assert.deepEqual(await namesIn(imageId), [digest]);
    const [reference] = await save([digest]);
    assert.deepEqual(await remove(reference), { kind: 'removed' });
    assert.equal(await namesIn(imageId), undefined);
  });

  test('26: a pull that is under way keeps the layers it shares with what is removed', async () => {
    const { imageId, tag } = await pull('sibling');
    const own = writeTar([{ path: 'slow', content: 'slow' }]);
    const slow = buildImage([{ tar: busybox }, { tar: own }], { entrypoint: ['/bin/busybox'] });
    const name = registry.add('slow', '1', slow);
    const reached = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    registry.beforeBlob = async (digest) => {
      if (digest !== slow.layers.at(-1)?.digest) return;
      reached.resolve();
      await released.promise;
    };
    const pulling = dockerd.docker('pull', name);
    await reached.promise;
    const [saved] = await save([tag]);
    assert.deepEqual(await remove(saved), { kind: 'removed' });
    assert.equal(await namesIn(imageId), undefined);
    released.resolve();
    await pulling;
    const HostConfig = { NetworkMode: 'none' };
    const user = await dockerd.client.createContainer({ Image: name, Cmd: ['true'], HostConfig });
    await user.start();
    assert.equal((await user.wait()).StatusCode, 0);
    await user.remove();
  });

  test('a name that is moved to another image stays with it', async () => {
    await load(['example.com/moving:1'], 'old');
    const [saved] = await save(['example.com/moving:1']);
    const fresh = await load(['example.com/moving:1'], 'new');
    assert.deepEqual(await remove(saved), { kind: 'changed', target: fresh.imageId });
    assert.deepEqual(await namesIn(fresh.imageId), ['example.com/moving:1']);
  });

  test('an image without names goes by its ID, and stays when it was given a name', async () => {
    const { imageId } = await load(['example.com/dangling:1'], 'old');
    await load(['example.com/dangling:1'], 'new');
    const [saved] = await save([imageId]);
    assert.equal(saved?.target, imageId);
    await dockerd.docker('tag', imageId, 'example.com/kept:1');
    const kept = { kind: 'in-use', message: `image ${imageId} is example.com/kept:1 now` };
    assert.deepEqual(await remove(saved), kept);
    assert.deepEqual(await namesIn(imageId), ['example.com/kept:1']);
    await dockerd.docker('tag', 'example.com/dangling:1', 'example.com/kept:1');
    assert.deepEqual(await remove(saved), { kind: 'removed' });
    assert.equal(await namesIn(imageId), undefined);
  });

  test('tags of an image that is still there are given back, and nothing is taken from another', async () => {
    const names = ['example.com/back:1', 'localhost:5000/deep/back:2', 'example.com/back:3'];
    const { imageId } = await load(names);
    const saved = await save(names);
    for (const name of saved.slice(0, 2)) assert.deepEqual(await remove(name), { kind: 'removed' });
    const signal = AbortSignal.timeout(120_000);
    assert.deepEqual(await removal.giveBack?.(saved, signal), []);
    assert.deepEqual(await namesIn(imageId), names.toSorted(byText));
    const [first, second, third] = saved;
    assert.ok(first && second && third);
    const other = await load(['example.com/back:3'], 'another');
    assert.deepEqual(await removal.giveBack?.([third], signal), [{ ...third, target: other.imageId }]);
    for (const name of [first, second]) await remove(name);
    assert.equal(await namesIn(imageId), undefined);
    assert.deepEqual(await removal.giveBack?.([first], signal), [first]);
  });

  test("30: the engine's refusal stands: what a container of any state uses is never forced", async () => {
    for (const state of ['created', 'running', 'exited']) {
      const name = `example.com/used-${state}:1`;
      const { imageId } = await load([name]);
      const Cmd = state === 'exited' ? ['true'] : ['sleep', '600'];
      const user = await dockerd.client.createContainer({
        ...{ Image: imageId, Cmd, HostConfig: { NetworkMode: 'none' } },
      });
      if (state !== 'created') await user.start();
      if (state === 'exited') await user.wait();
      const [saved] = await save([name]);
      const refused = await remove(saved);
      assert.equal(refused.kind, 'in-use');
      assert.match(refused.kind === 'in-use' ? refused.message : '', new RegExp(user.id.slice(0, 12)));
      assert.deepEqual(await namesIn(imageId), [name]);
      await user.restart({ t: 0 });
      await user.remove({ force: true });
      assert.deepEqual(await remove(saved), { kind: 'removed' });
    }
  });

  test('an image that another was built on keeps its name', async () => {
    const parent = await load(['example.com/parent:1']);
    const instructions = join(dockerd.root, 'Dockerfile');
    await writeFile(instructions, 'FROM example.com/parent:1\nENV a=b\n');
    const context = join(dockerd.root, 'exec');
    await dockerd.docker('build', '--tag', 'example.com/child:1', '--file', instructions, context);
    const [saved, child] = await save(['example.com/parent:1', 'example.com/child:1']);
    const refused = await remove(saved);
    assert.match(refused.kind === 'in-use' ? refused.message : '', /dependent child images/);
    assert.deepEqual(await namesIn(parent.imageId), ['example.com/parent:1']);
    assert.deepEqual(await remove(child), { kind: 'removed' });
    assert.deepEqual(await remove(saved), { kind: 'removed' });
  });

  test('somebody else who removes the same name at the same time is no error', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { imageId } = await load(['example.com/contested:1', 'example.com/contested:2']);
      const names = await save(['example.com/contested:1', 'example.com/contested:2']);
      const others = names.map(({ name }) => dockerd.docker('rmi', name).catch(() => undefined));
      const twice = [...names, ...names].map((name) => remove(name));
      for (const { kind } of await Promise.all(twice)) assert.match(kind, /^(?:removed|gone)$/);
      await Promise.all(others);
      assert.equal(await namesIn(imageId), undefined);
    }
  });

  test('says what to do when the engine is gone', async () => {
    await load(['example.com/last:1']);
    const [saved] = await save(['example.com/last:1']);
    await dockerd.kill();
    const gone = { name: 'RuntimeError', code: 'unreachable', message: /start Docker/ };
    await assert.rejects(remove(saved), gone);
    await assert.rejects(save(['example.com/last:1']), gone);
  });

  async function load(names: readonly string[], content = names[0] ?? ''): Promise<BuiltImage> {
    const own = writeTar([{ path: 'content', content }]);
    const image = buildImage([{ tar: busybox }, { tar: own }], { entrypoint: ['/bin/busybox'] });
    await dockerd.load(dockerArchive([{ image, names }]));
    return image;
  }

  /** The image's tag and its digest reference. */
  async function pull(repository: string) {
    const own = writeTar([{ path: 'content', content: repository }]);
    const image = buildImage([{ tar: busybox }, { tar: own }]);
    const tag = registry.add(repository, '1', image);
    await dockerd.docker('pull', tag);
    const digest = `${registry.host}/${repository}@${image.manifest.digest}`;
    return { imageId: image.imageId, tag, digest };
  }

  function save(names: readonly string[], target = NO_IMAGE): Promise<readonly SavedName[]> {
    const asked = names.map((name) => ({ engine: 'docker', namespace: '', name, target }) as const);
    return removal.save(asked, AbortSignal.timeout(120_000));
  }

  async function remove(name: SavedName | undefined): Promise<NameRemoval> {
    assert.ok(name);
    return removal.remove(name, false, AbortSignal.timeout(120_000));
  }

  /** Undefined when there is no such image. */
  async function namesIn(imageId: string): Promise<readonly string[] | undefined> {
    const images = await dockerd.client.listImages({ all: true });
    const image = images.find(({ Id }) => Id === imageId);
    if (image === undefined) return undefined;
    const names = [...(image.RepoTags ?? []), ...(image.RepoDigests ?? [])];
    return names.filter((name) => !name.includes('<none>')).toSorted(byText);
  }
});

function byText(a: string, b: string): number {
  return a < b ? -1 : 1;
}
