import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import { mkdir, readFile, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { dockerApi } from '../../agent/runtimes/docker/api.ts';
import { contentReader } from '../../agent/runtimes/docker/content-reader.ts';
import { dockerRuntime, type DockerRuntime } from '../../agent/runtimes/docker/docker-runtime.ts';
import { dockerHoldings } from '../../agent/runtimes/docker/holdings.ts';
import { viewReader } from '../../agent/runtimes/docker/view.ts';
import type { RuntimeHoldings } from '../../agent/runtimes/holdings.ts';
import { buildImage, dockerArchive, type BuiltImage } from '../../cli/demo/oci-image.ts';
import { writeTar } from '../../cli/demo/tar-writer.ts';
import { makePlan } from '../../core/cleanup/make-plan.ts';
import { SpaceLedger, type Space } from '../../core/cleanup/storage.ts';
import type { ImageUse } from '../../core/cleanup/uses.ts';
import { sha256Hex } from '../../platform/sha256.ts';
import { planInput } from '../support/cleanup-node.ts';
import { startDockerd, type TestDockerd } from '../support/dockerd.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { needsCommands, needsRoot } from '../support/requirements.ts';

const skip = needsRoot() || needsCommands('dockerd', 'containerd', 'docker', 'busybox', 'find');
const TWO_DAYS_S = 2 * 24 * 60 * 60;

suite('what Docker keeps', { skip }, () => {
  let dockerd: TestDockerd;
  let runtime: DockerRuntime;
  let base: Buffer;
  let application: BuiltImage;
  let registry: TestRegistry;
  /** The application's name. */
  let pulled: string;

  before(async () => {
    dockerd = await startDockerd();
    runtime = dockerRuntime({ address: dockerd.address, timeoutMs: 120_000 });
    base = writeTar([
      { path: 'bin', type: 'directory' },
      { path: 'bin/busybox', mode: 0o755, content: await readFile('/bin/busybox') },
    ]);
    registry = await startRegistry();
    application = buildImage([{ tar: base }, { tar: file('application') }], { entrypoint: ['/bin/busybox'] });
    pulled = registry.add('shop/application', '1', application);
    await dockerd.docker('pull', pulled);
  });

  after(async () => {
    await runtime?.close();
    await registry?.stop();
    await dockerd?.stop();
  });

  test('3: containers of every state use their image, whatever they were told to make it from', async () => {
    const given = {
      name: pulled,
      id: application.imageId,
      'bare-id': application.imageId.slice('sha256:'.length),
      'short-id': application.imageId.slice('sha256:'.length, 'sha256:'.length + 12),
      digest: `${registry.host}/shop/application@${application.manifest.digest}`,
      'tag-and-digest': `${pulled}@${application.manifest.digest}`,
    };
    const containers = await Promise.all(
      Object.entries(given).map(([name, image]) => dockerd.client.createContainer(container(name, image))),
    );
    const running = await dockerd.client.createContainer(container('running', given.name));
    await running.start();
    const ended = await dockerd.client.createContainer(container('ended', given.name, 'true'));
    await ended.start();
    await ended.wait();

    const who = (await usesOf(application.imageId)).map((use) => `${use.kind}: ${use.who}`);
    assert.deepEqual(
      who.toSorted(byText),
      [
        ...Object.keys(given).map((name) => `container: container ${name} (created)`),
        'container: container ended (exited)',
        'container: container running (running)',
      ].toSorted(byText),
    );
    await Promise.all([...containers, running, ended].map((one) => one.remove({ force: true })));
    assert.deepEqual(await usesOf(application.imageId), []);
  });

  test('4: a container uses its image after the tag has moved on, and the image that has the tag now', async () => {
    const first = await load(['example.com/tag:1'], [file('first')]);
    const user = await dockerd.client.createContainer(container('user', 'example.com/tag:1'));
    const second = await load(['example.com/tag:1'], [file('second')]);
    const held = await holdings();
    for (const { imageId } of [first, second])
      assert.deepEqual(ofImage(held.uses, imageId), ['container user (created)']);
    const image = held.view.images.find(({ imageId }) => imageId === first.imageId);
    assert.deepEqual(image?.names, [
      { engine: 'docker', namespace: '', name: first.imageId, target: first.imageId },
    ]);
    await user.remove();
    await dockerd.docker('rmi', first.imageId);
  });

  test('an image is used by those that were built on it', async () => {
    const built = await build(`FROM ${pulled}\nENV a=b\nENV c=d\n`, 'example.com/built:1');
    const { Parent: between } = await dockerd.client.getImage(built).inspect();
    const { uses } = await holdings();
    const child = uses.find(({ imageId }) => imageId === between);
    assert.deepEqual(child, { imageId: between, kind: 'child', who: 'image example.com/built:1' });
    assert.deepEqual(ofImage(uses, application.imageId), [`image ${between.slice(0, 19)}`]);
    await dockerd.docker('rmi', 'example.com/built:1');
    assert.deepEqual(await usesOf(application.imageId), []);
  });

  test("on a swarm's manager the images of services are used, though none of their containers is here", async () => {
    const { imageId } = await load(['example.com/service:1'], [base, file('service')]);
    const address = `127.0.0.1:${20_000 + (process.pid % 10_000)}`;
    await dockerd.docker('swarm', 'init', '--advertise-addr', address, '--listen-addr', address);
    const service = ['--detach', '--replicas', '0', '--no-resolve-image', '--name', 'web'];
    await dockerd.docker('service', 'create', ...service, 'example.com/service:1');
    const uses = async () => ofImage(await runtime.uses(AbortSignal.timeout(120_000)), imageId);
    assert.deepEqual(await uses(), ['service web of the swarm']);
    await dockerd.docker('service', 'rm', 'web');
    assert.deepEqual(await uses(), []);
    await dockerd.docker('swarm', 'leave', '--force');
    assert.deepEqual(await uses(), []);
  });

  test('only what was pulled came from a registry, and nothing can be brought back', async () => {
    const { fromRegistry, restorable } = await holdings();
    assert.deepEqual([...fromRegistry], [application.imageId]);
    assert.deepEqual([...restorable], []);
  });

  test('13: the removal of each image frees what was said, whatever it shares', async () => {
    const shared = file('shared', 50_000);
    const names = ['example.com/one:1', 'example.com/one:2', 'example.com/uno:1'];
    const one = await load(names, [base, shared, file('one', 1_000)]);
    await load(['example.com/two:1'], [base, shared, file('two', 2_000)]);
    const three = await load(['example.com/three:1'], [base, shared]);
    const lonely = await load(['example.com/lonely:1'], [file('lonely', 3_000), base]);
    const dangling = await load(['example.com/moved:1'], [shared, file('moved', 4_000)]);
    const moved = await load(['example.com/moved:1'], [file('instead', 10)]);
    await writeFile(join(dockerd.root, 'exec/copied'), 'c'.repeat(5_000));
    const instructions =
      'FROM example.com/three:1\nENV a=b\nCOPY copied /copied\nENV c=d\nCOPY copied /twice\n';
    const builtId = await build(instructions, 'example.com/built:2');
    const user = await dockerd.client.createContainer(container('user', 'example.com/two:1'));

    for (const victim of [
      { id: builtId, names: ['example.com/built:2'] },
      { id: three.imageId, names: ['example.com/three:1'] },
      { id: one.imageId, names },
      { id: lonely.imageId, names: ['example.com/lonely:1'] },
      { id: moved.imageId, names: ['example.com/moved:1'] },
      { id: dangling.imageId, names: [dangling.imageId] },
    ]) {
      const { storage } = await holdings();
      const predicted = new SpaceLedger(storage).exclusive(victim.id);
      const full = await onDisk();
      for (const name of victim.names) await dockerd.docker('rmi', name);
      const left = await onDisk();
      const measured = { bytes: full.bytes - left.bytes, inodes: full.inodes - left.inodes };
      assert.deepEqual(predicted, measured, victim.names[0]);
      assert.ok(measured.bytes > 0);
    }
    await user.remove();
  });

  test('several images free together what was said', async () => {
    const shared = file('together', 60_000);
    const pair = await Promise.all(
      ['a', 'b'].map((name) => load([`example.com/${name}:1`], [shared, file(name, 100)])),
    );
    const ledger = new SpaceLedger((await holdings()).storage);
    const predicted = pair.map(({ imageId }) => ledger.remove(imageId).freed.bytes);
    const full = await onDisk();
    await dockerd.docker('rmi', 'example.com/a:1', 'example.com/b:1');
    assert.equal(full.bytes - (await onDisk()).bytes, (predicted[0] ?? 0) + (predicted[1] ?? 0));
    assert.ok((predicted[1] ?? 0) > 60_000 && (predicted[0] ?? 0) < 10_000);
  });

  test("what is said of a dangling image is the engine's own account, and its config", async () => {
    const old = await load(['example.com/pruned:1'], [base, file('pruned', 7_777)]);
    await load(['example.com/pruned:1'], [file('fresh')]);
    await dockerd.docker('rmi', 'example.com/pruned:1');
    const predicted = new SpaceLedger((await holdings()).storage).exclusive(old.imageId);
    const config = await stat(join(store(), 'imagedb/content/sha256', old.imageId.slice('sha256:'.length)));
    const { SpaceReclaimed } = await dockerd.client.pruneImages({ filters: { dangling: ['true'] } });
    assert.equal(predicted.bytes - config.size, SpaceReclaimed);
  });

  test("without the engine's folder the engine's figures count, and a note says so", async () => {
    const api = dockerApi(dockerd.address, 20_000);
    const blind = {
      ...api,
      info: async (signal: AbortSignal) => ({ ...(await api.info(signal)), DockerRootDir: '/nowhere' }),
    };
    const view = viewReader(blind, dockerd.address, contentReader(blind, 100));
    const reader = dockerHoldings({ api: blind, view, uses: async () => [] });
    const image = await load(['example.com/blind:1'], [base, file('blind', 12_345)]);
    const told = await reader.holdings(AbortSignal.timeout(120_000));
    assert.match(told.notes?.[0] ?? '', /\/nowhere cannot be read/);
    assert.deepEqual(new SpaceLedger(told.storage).exclusive(image.imageId), { bytes: 12_345, inodes: 0 });
    api.close();
  });

  test('layers in the build cache stay when their image goes, also after a restart', async () => {
    const context = writeTar([
      { path: 'Dockerfile', content: `FROM ${pulled}\nCOPY cached /cached\n` },
      { path: 'cached', content: 'k'.repeat(9_000) },
    ]);
    const server = createServer((_, response) => response.end(context));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const remote = `http://127.0.0.1:${(server.address() as AddressInfo).port}/context.tar`;
    try {
      for (const isRestarted of [false, true]) {
        const [full, left, predicted] = await cachedImage(remote, isRestarted);
        assert.equal(predicted.bytes, full.bytes - left.bytes);
        assert.ok(predicted.bytes < 9_000);
      }
    } finally {
      server.close();
    }
  });

  async function cachedImage(remote: string, isRestarted: boolean): Promise<readonly [Space, Space, Space]> {
    const progress = await dockerd.client.buildImage(
      undefined as never,
      {
        ...{ version: '2', remote, t: 'example.com/cached:1' },
      } as object,
    );
    await new Promise((resolve, reject) => {
      dockerd.client.modem.followProgress(progress, (error, steps) =>
        error ? reject(error) : resolve(steps),
      );
    });
    if (isRestarted) await dockerd.restart();
    const { Id } = await dockerd.client.getImage('example.com/cached:1').inspect();
    const predicted = new SpaceLedger((await holdings()).storage).exclusive(Id);
    const full = await onDisk();
    await dockerd.docker('rmi', 'example.com/cached:1');
    return [full, await onDisk(), predicted];
  }

  test('10: an image of 1970 that came now is young', async () => {
    const old = await load(['example.com/reproducible:1'], [file('reproducible')]);
    const { view } = await holdings();
    const image = view.images.find(({ imageId }) => imageId === old.imageId);
    assert.equal(image?.builtAt, 0);
    // Never seen before this moment: it has no age yet.
    const seen = { ...image, uses: [], isPullable: true, canRestore: false, unknowns: [] };
    const plan = makePlan(planInput([seen], { policy: { unusedForMs: 0 } }), sha256Hex);
    assert.equal(plan.items[0]?.reasons[0]?.kind, 'young');
  });

  test('shows what nothing refers to, once it is a day old', async () => {
    assert.deepEqual((await holdings()).leaks, []);
    const names = ['1', '2', '3', '4'].map((digit) => digit.repeat(64));
    const [layer = '', directory = '', young = '', cache = ''] = names;
    const paths = {
      layer: join(store(), 'layerdb/sha256', layer),
      directory: join(dockerd.root, 'data/overlay2', directory),
      young: join(dockerd.root, 'data/overlay2', young),
      buildkit: join(dockerd.root, 'data/overlay2', 'abcdefghijklmnopqrstuvwxy'),
      unpacking: join(store(), 'layerdb/tmp/write-set-1'),
    };
    for (const path of Object.values(paths)) await mkdir(path);
    await writeFile(join(paths.layer, 'cache-id'), cache);
    await writeFile(join(paths.layer, 'size'), '4711');
    const old = Date.now() / 1000 - TWO_DAYS_S;
    for (const [what, path] of Object.entries(paths)) if (what !== 'young') await utimes(path, old, old);

    const { leaks } = await holdings();
    assert.deepEqual(
      leaks.map(({ kind, id, bytes }) => [kind, id, bytes]),
      [
        ['snapshot', `sha256:${layer}`, 4711],
        ['snapshot', directory, 0],
        ['ingest', 'write-set-1', 0],
      ],
    );
  });

  test('17: says nothing at all when the engine is gone', async () => {
    await dockerd.kill();
    await assert.rejects(holdings(), { name: 'RuntimeError', code: 'unreachable' });
    await assert.rejects(runtime.uses(AbortSignal.timeout(120_000)), { code: 'unreachable' });
  });

  function holdings(): Promise<RuntimeHoldings> {
    return runtime.holdings(AbortSignal.timeout(120_000), { inodes: true });
  }

  async function usesOf(id: string): Promise<readonly ImageUse[]> {
    return (await runtime.uses(AbortSignal.timeout(120_000))).filter(({ imageId }) => imageId === id);
  }

  async function load(names: readonly string[], tars: readonly Buffer[]): Promise<BuiltImage> {
    const image = buildImage(
      tars.map((tar) => ({ tar })),
      { entrypoint: ['/bin/busybox'] },
    );
    await dockerd.load(dockerArchive([{ image, names }]));
    return image;
  }

  async function build(instructions: string, tag: string): Promise<string> {
    await writeFile(join(dockerd.root, 'Dockerfile'), instructions);
    const file = join(dockerd.root, 'Dockerfile');
    await dockerd.docker('build', '--tag', tag, '--file', file, join(dockerd.root, 'exec'));
    return (await dockerd.client.getImage(tag).inspect()).Id;
  }

  function store(): string {
    return join(dockerd.root, 'data/image/overlay2');
  }

  /** Layers as Docker sizes them, and configs; all names in the folders that hold them. */
  async function onDisk(): Promise<Space> {
    const layers = await readdir(join(store(), 'layerdb/sha256'));
    const sizes = layers.map((layer) => readFile(join(store(), 'layerdb/sha256', layer, 'size'), 'utf8'));
    const configs = await readdir(join(store(), 'imagedb/content/sha256'));
    const stats = configs.map((config) => stat(join(store(), 'imagedb/content/sha256', config)));
    const folders = [
      join(dockerd.root, 'data/overlay2'),
      join(store(), 'layerdb/sha256'),
      join(store(), 'imagedb'),
    ];
    return {
      bytes:
        (await Promise.all(sizes)).reduce((sum, size) => sum + Number(size), 0) +
        (await Promise.all(stats)).reduce((sum, { size }) => sum + size, 0),
      inodes: execFileSync('find', [...folders, '-printf', 'x'], { maxBuffer: 1e8 }).length,
    };
  }
});

function container(name: string, image: string, applet = 'sleep') {
  const Cmd = applet === 'sleep' ? ['sleep', '600'] : [applet];
  return { name, Image: image, Cmd, HostConfig: { NetworkMode: 'none' } };
}

function file(path: string, bytes = 20): Buffer {
  return writeTar([{ path, content: path.charAt(0).repeat(bytes) }]);
}

function ofImage(uses: readonly ImageUse[], id: string): readonly string[] {
  return uses.filter(({ imageId }) => imageId === id).map(({ who }) => who);
}

function byText(a: string, b: string): number {
  return a < b ? -1 : 1;
}
