import assert from 'node:assert/strict';
import { lstat, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { dockerRuntime } from '../../agent/runtimes/docker/docker-runtime.ts';
import type { LocatedLayer, Runtime, RuntimeEvent } from '../../agent/runtimes/runtime.ts';
import { buildImage, dockerArchive, type BuiltImage } from '../../cli/demo/oci-image.ts';
import { writeTar } from '../../cli/demo/tar-writer.ts';
import type { Container, Image } from '../../core/inventory.ts';
import { startDockerd, type TestDockerd } from '../support/dockerd.ts';
import { startRegistry } from '../support/registry.ts';
import { needsCommands, needsRoot } from '../support/requirements.ts';

const skip = needsRoot() || needsCommands('dockerd', 'containerd', 'docker', 'busybox');

suite('docker', { skip }, () => {
  let dockerd: TestDockerd;
  let runtime: Runtime;
  let base: Buffer;
  let application: BuiltImage;

  before(async () => {
    dockerd = await startDockerd();
    runtime = dockerRuntime({ address: dockerd.address, timeoutMs: 120_000 });
    base = writeTar([
      { path: 'bin', type: 'directory' },
      { path: 'bin/busybox', mode: 0o755, content: await readFile('/bin/busybox') },
      { path: 'etc', type: 'directory' },
      { path: 'etc/gone', content: 'deleted above' },
      { path: 'opt', type: 'directory' },
      { path: 'opt/hidden', content: 'under an opaque directory' },
    ]);
    const top = writeTar([
      { path: 'etc/.wh.gone', content: '' },
      { path: 'opt', type: 'directory' },
      { path: 'opt/.wh..wh..opq', content: '' },
      { path: 'opt/application', content: 'on top' },
    ]);
    application = buildImage(
      [{ tar: base }, { tar: writeTar([{ path: 'middle', content: 'm' }]) }, { tar: top }],
      {
        entrypoint: ['/bin/busybox'],
        created: '2024-05-06T07:08:09Z',
        variant: 'v2',
        labels: { 'org.example.team': 'harbour' },
      },
    );
    await dockerd.load(
      dockerArchive([
        { image: application, names: ['example.com/application:1', 'example.com/application:stable'] },
      ]),
    );
  });

  after(async () => {
    await runtime?.close();
    await dockerd?.stop();
  });

  test('shows an image once, with all its names and its layers, base first', async () => {
    const image = await imageOf(application.imageId);
    assert.deepEqual(image.names.map(({ name }) => name).sort(), [
      'example.com/application:1',
      'example.com/application:stable',
    ]);
    assert.deepEqual(new Set(image.names.map(({ target }) => target)), new Set([application.imageId]));
    assert.deepEqual(image.diffIds, application.diffIds);
    assert.deepEqual(image.labels, { 'org.example.team': 'harbour' });
    assert.equal(image.os, 'linux');
    assert.equal(image.architecture, process.arch === 'x64' ? 'amd64' : process.arch);
    assert.equal(image.builtAt, Date.parse('2024-05-06T07:08:09Z'));
    assert.ok(image.sizeBytes > base.length / 2);
  });

  test('shows a digest reference as a name and as a manifest digest', async (t) => {
    const registry = await startRegistry();
    t.after(() => registry.stop());
    const name = registry.add('pulled', '1', application);
    await dockerd.docker('pull', name);
    const image = await imageOf(application.imageId);
    const { digest } = application.manifest;
    const reference = `${registry.host}/pulled@${digest}`;
    assert.deepEqual(
      image.names.map((one) => one.name).filter((one) => one.startsWith(registry.host)),
      [name, reference],
    );
    assert.deepEqual(image.manifestDigests, [digest]);
    await dockerd.docker('rmi', name);
  });

  test('shows dangling images, without names', async () => {
    const old = buildImage([{ tar: writeTar([{ path: 'old', content: '1' }]) }]);
    const fresh = buildImage([{ tar: writeTar([{ path: 'old', content: '2' }]) }]);
    await dockerd.load(dockerArchive([{ image: old, names: ['example.com/moving:1'] }]));
    await dockerd.load(dockerArchive([{ image: fresh, names: ['example.com/moving:1'] }]));
    assert.deepEqual((await imageOf(old.imageId)).names, []);
    assert.deepEqual((await imageOf(old.imageId)).diffIds, old.diffIds);
    assert.deepEqual(
      (await imageOf(fresh.imageId)).names.map(({ name }) => name),
      ['example.com/moving:1'],
    );
  });

  test('shows intermediate images of a build, without names', async () => {
    await writeFile(join(dockerd.root, 'Dockerfile'), 'FROM example.com/application:1\nENV a=b\nENV c=d\n');
    await dockerd.docker(
      'build',
      '--tag',
      'example.com/built:1',
      '--file',
      join(dockerd.root, 'Dockerfile'),
      dockerd.root + '/exec',
    );
    const built = await dockerd.client.getImage('example.com/built:1').inspect();
    const intermediate = await imageOf(built.Parent);
    assert.deepEqual(intermediate.names, []);
    assert.deepEqual(intermediate.diffIds, application.diffIds);
  });

  test('gives the directories of the layers, base first', async () => {
    const image = await imageOf(application.imageId);
    await runtime.withLayers(image, AbortSignal.timeout(120_000), async (layers) => {
      assert.deepEqual(
        layers.map(({ diffId }) => diffId),
        application.diffIds,
      );
      const [bottom, middle, top] = layers.map(directoryOf);
      assert.deepEqual((await readdir(bottom ?? '')).sort(), ['bin', 'etc', 'opt']);
      assert.equal(await readFile(join(middle ?? '', 'middle'), 'utf8'), 'm');
      assert.deepEqual(await readdir(join(top ?? '', 'opt')), ['application']);
      const whiteout = await lstat(join(top ?? '', 'etc/gone'));
      assert.ok(whiteout.isCharacterDevice());
      assert.equal(whiteout.rdev, 0);
    });
  });

  test('passes on what the reading gives, or its error', async () => {
    const image = await imageOf(application.imageId);
    const signal = AbortSignal.timeout(120_000);
    assert.equal(await runtime.withLayers(image, signal, async (layers) => layers.length), 3);
    await assert.rejects(
      runtime.withLayers(image, signal, () => Promise.reject(new Error('of the reader'))),
      /of the reader/,
    );
  });

  test('throws away what was read of an image that was removed meanwhile', async () => {
    const victim = await loaded('example.com/victim:1');
    const image = await imageOf(victim.imageId);
    const reading = runtime.withLayers(image, AbortSignal.timeout(120_000), async () => {
      await dockerd.client.getImage('example.com/victim:1').remove();
      return 'half';
    });
    await assert.rejects(reading, { name: 'RuntimeError', code: 'not-found', message: /removed while/ });
    await assert.rejects(
      runtime.withLayers(image, AbortSignal.timeout(120_000), async () => 'all'),
      { code: 'not-found' },
    );
  });

  test('throws away what was read of an image that was removed and loaded anew meanwhile', async () => {
    const victim = await loaded('example.com/twice:1');
    const image = await imageOf(victim.imageId);
    const reading = runtime.withLayers(image, AbortSignal.timeout(120_000), async () => {
      await dockerd.client.getImage('example.com/twice:1').remove();
      await loaded('example.com/twice:1');
    });
    await assert.rejects(reading, { code: 'not-found', message: /removed while/ });
  });

  test('shows containers in every state', async () => {
    const created = await container('created', false);
    const running = await container('running', true);
    const paused = await container('paused', true);
    await paused.pause();
    const ended = await container('ended', true, 'true');
    await ended.wait();

    const privileged = await container('privileged', false, 'sleep', true);
    const containers = await containersByName();
    assert.equal(containers.get('created')?.state, 'created');
    assert.equal(containers.get('created')?.pid, undefined);
    assert.equal(containers.get('created')?.id, created.id);
    assert.equal(containers.get('running')?.state, 'running');
    assert.equal(containers.get('running')?.pid, (await running.inspect()).State.Pid);
    assert.equal(containers.get('paused')?.state, 'paused');
    assert.ok((containers.get('paused')?.pid ?? 0) > 1);
    assert.equal(containers.get('ended')?.state, 'exited');
    assert.equal(containers.get('ended')?.pid, undefined);
    assert.equal(containers.get('privileged')?.privileged, true);
    for (const one of ['created', 'running', 'paused', 'ended']) {
      assert.equal(containers.get(one)?.privileged, false);
      assert.equal(containers.get(one)?.imageId, application.imageId);
      assert.equal(containers.get(one)?.imageName, 'example.com/application:1');
      assert.equal(containers.get(one)?.kind, 'container');
      assert.equal(containers.get(one)?.namespace, '');
    }
    await paused.unpause();
    await Promise.all(
      [created, running, paused, ended, privileged].map((one) => one.remove({ force: true })),
    );
  });

  test('shows the new pid of a container that was restarted between two views', async () => {
    const sleeper = await container('sleeper', true);
    const before = (await containersByName()).get('sleeper')?.pid;
    await sleeper.restart({ t: 0 });
    const after = (await containersByName()).get('sleeper')?.pid;
    assert.equal(after, (await sleeper.inspect()).State.Pid);
    assert.notEqual(after, before);
    await sleeper.kill();
    await sleeper.wait();
    const ended = (await containersByName()).get('sleeper');
    assert.deepEqual([ended?.state, ended?.pid], ['exited', undefined]);
    await sleeper.remove();
  });

  test('keeps naming the image by which a container was made after its tag has moved on', async () => {
    const first = await loaded('example.com/tag:1', 'first');
    const user = await dockerd.client.createContainer({
      Image: 'example.com/tag:1',
      name: 'user',
      Cmd: ['x'],
    });
    await loaded('example.com/tag:1', 'second');
    const shown = (await containersByName()).get('user');
    assert.equal(shown?.imageId, first.imageId);
    assert.equal(shown?.imageName, 'example.com/tag:1');
    await user.remove();
  });

  test('tells of images and containers that come and go, and not of health checks', async () => {
    const stop = new AbortController();
    const seen: RuntimeEvent[] = [];
    const listening = collect(runtime.events(stop.signal), seen);
    await until(async () => {
      // The stream is open once something is heard.
      await dockerd.client.getImage('example.com/application:1').tag({ repo: 'example.com/heard', tag: '1' });
      return seen.length > 0;
    });
    const one = await container('eventful', true);
    const exec = await one.exec({ Cmd: ['/bin/busybox', 'true'] });
    await exec.start({ Detach: true });
    await one.remove({ force: true });
    await dockerd.client.getImage('example.com/heard:1').remove();
    await until(async () => seen.some(({ topic }) => topic === '/image/untag'));
    stop.abort();
    await listening;

    assert.ok(seen.some(({ kind, topic }) => kind === 'image' && topic === '/image/tag'));
    const ofContainer = seen.filter(({ subject }) => subject === one.id);
    assert.deepEqual(
      ofContainer.map(({ topic }) => topic),
      ['/container/create', '/container/start', '/container/die', '/container/destroy'],
    );
    assert.ok(ofContainer.every(({ kind }) => kind === 'container'));
  });

  test('uses the socket it was given, whatever DOCKER_HOST says', async () => {
    const previous = process.env['DOCKER_HOST'];
    process.env['DOCKER_HOST'] = 'tcp://127.0.0.1:1';
    const other = dockerRuntime({ address: `unix://${dockerd.address}`, timeoutMs: 120_000 });
    try {
      const view = await other.view(AbortSignal.timeout(120_000));
      assert.equal(view.engine.status, 'ok');
      assert.equal(view.engine.address, dockerd.address);
      assert.match(view.engine.version ?? '', /^\d+\.\d+/);
    } finally {
      await other.close();
      if (previous === undefined) delete process.env['DOCKER_HOST'];
      else process.env['DOCKER_HOST'] = previous;
    }
  });

  test('survives a restart of the engine', async () => {
    const ends = collect(runtime.events(AbortSignal.timeout(120_000)), []).catch((error: unknown) => error);
    await runtime.view(AbortSignal.timeout(120_000));
    await dockerd.restart();
    const ended = await ends;
    assert.ok(ended === undefined || (ended instanceof Error && ended.name === 'RuntimeError'));
    assert.ok((await runtime.view(AbortSignal.timeout(120_000))).images.length > 0);
  });

  test('says what to do when the engine is gone', async () => {
    await dockerd.kill();
    try {
      const gone = { name: 'RuntimeError', code: 'unreachable', message: /start Docker/ };
      await assert.rejects(runtime.view(AbortSignal.timeout(120_000)), gone);
      await assert.rejects(collect(runtime.events(AbortSignal.timeout(120_000)), []), gone);
    } finally {
      await dockerd.restart();
    }
  });

  async function imageOf(imageId: string): Promise<Image> {
    const view = await runtime.view(AbortSignal.timeout(120_000));
    assert.deepEqual(view.problems, []);
    const found = view.images.filter((image) => image.imageId === imageId);
    assert.equal(found.length, 1);
    return found[0] as Image;
  }

  async function containersByName(): Promise<ReadonlyMap<string, Container>> {
    const view = await runtime.view(AbortSignal.timeout(120_000));
    assert.deepEqual(view.problems, []);
    return new Map(view.containers.map((one) => [one.name, one]));
  }

  async function loaded(name: string, content = name): Promise<BuiltImage> {
    const image = buildImage([{ tar: writeTar([{ path: 'content', content }]) }]);
    await dockerd.load(dockerArchive([{ image, names: [name] }]));
    return image;
  }

  async function container(name: string, start: boolean, applet = 'sleep', privileged = false) {
    const made = await dockerd.client.createContainer({
      Image: 'example.com/application:1',
      name,
      Cmd: applet === 'sleep' ? ['sleep', '600'] : [applet],
      HostConfig: { NetworkMode: 'none', Privileged: privileged },
    });
    if (start) await made.start();
    return made;
  }
});

function directoryOf({ location }: LocatedLayer): string {
  assert.equal(location.kind, 'overlay-directory');
  return location.kind === 'overlay-directory' ? location.path : '';
}

async function collect(events: AsyncIterable<RuntimeEvent>, into: RuntimeEvent[]): Promise<void> {
  for await (const event of events) into.push(event);
}

async function until(done: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1200; tries += 1) {
    if (await done()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail('it did not happen within a minute');
}
