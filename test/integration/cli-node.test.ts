import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type {
  ContainersAnswer,
  ImagesAnswer,
  PackagesAnswer,
  ProcessesAnswer,
} from '../../cli/node/answers.ts';
import { dockerArchive, ociArchive, type BuiltImage } from '../../cli/demo/oci-image.ts';
import { CATALOGED_PURLS, catalogedLayers } from '../support/cataloged-image.ts';
import { needsOtherUser, NOBODY, tallyman, type CliRun } from '../support/cli.ts';
import { startContainerd, type TestContainerd } from '../support/containerd.ts';
import { startDockerd, type TestDockerd } from '../support/dockerd.ts';
import { needsCommands, needsRoot } from '../support/requirements.ts';
import { runnableImage, smallImage } from '../support/small-images.ts';

const NONE = ['--containerd-address', 'none', '--docker-address', 'none'];

suite('node, without an engine', () => {
  test('says so, and how to name one', async () => {
    for (const what of ['images', 'packages']) {
      const { code, stdout, stderr } = await tallyman(['node', what, ...NONE]);
      assert.deepEqual([code, stdout], [5, '']);
      assert.match(stderr, /^tallyman: there is no containerd or Docker socket [^\n]+--docker-address\n$/);
    }
  });

  test('still lists processes', async () => {
    const { code, stdout, stderr } = await tallyman(['node', 'processes', ...NONE, '--format', 'json']);
    assert.deepEqual([code, stderr], [0, '']);
    const { schemaVersion, host, processes } = JSON.parse(stdout) as ProcessesAnswer;
    assert.equal(schemaVersion, 1);
    assert.deepEqual(host.engines, []);
    const self = processes.find(({ pid }) => pid === process.pid);
    assert.equal(self?.executable, process.execPath);
  });

  test('names the socket that is not there', async () => {
    const args = ['node', 'images', '--containerd-address', '/nowhere.sock', '--docker-address', 'none'];
    const { code, stderr } = await tallyman(args);
    assert.match(stderr, /^tallyman: there is no containerd socket at \/nowhere\.sock: [^\n]+\n$/);
    assert.equal(code, 5);
  });
});

const skip = needsRoot() || needsCommands('containerd', 'dockerd', 'ctr', 'docker', 'busybox');

suite('node, with containerd and Docker', { skip }, () => {
  let folder = '';
  let containerd: TestContainerd;
  let dockerd: TestDockerd;
  let image: BuiltImage;
  let runnable: BuiltImage;
  let engines: readonly string[] = [];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tallyman-node-'));
    [containerd, dockerd] = await Promise.all([startContainerd({ cri: false }), startDockerd()]);
    engines = ['--containerd-address', containerd.address, '--docker-address', dockerd.address];
    image = smallImage(catalogedLayers, { compression: 'none' });
    const named = [{ image, names: ['docker.io/library/app:1'] }];
    await containerd.importArchive(ociArchive(named));
    await dockerd.load(dockerArchive(named));
    runnable = await runnableImage([
      [{ path: 'package.json', content: '{"name":"runs","version":"1.0.0"}' }],
      ...catalogedLayers.slice(0, 1),
    ]);
    await containerd.importArchive(ociArchive([{ image: runnable, names: ['docker.io/library/runs:1'] }]));
    await containerd.runContainer('docker.io/library/runs:1', 'runner', ['/bin/busybox', 'sleep', '1000']);
  });
  after(async () => {
    await Promise.all([containerd?.stop(), dockerd?.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  function packagesIn({ stdout }: CliRun): unknown {
    return (JSON.parse(stdout) as PackagesAnswer).packages;
  }

  async function answer<T>(what: string, ...flags: readonly string[]): Promise<T> {
    const { code, stdout, stderr } = await tallyman(['node', what, ...engines, ...flags, '--format', 'json']);
    assert.deepEqual([code, stderr], [0, '']);
    return JSON.parse(stdout) as T;
  }

  test('images: one that both hold is one, with the use that is made of it', async () => {
    const { images, host } = await answer<ImagesAnswer>('images');
    assert.deepEqual(
      host.engines.map(({ id, status }) => [id, status]),
      [
        ['containerd', 'ok'],
        ['docker', 'ok'],
      ],
    );
    assert.deepEqual(
      images.map((one) => `${one.imageId} ${one.containers} ${one.running}`).sort(),
      [`${image.imageId} 0 0`, `${runnable.imageId} 1 1`].sort(),
    );
    const both = images.find(({ imageId }) => imageId === image.imageId);
    assert.deepEqual(
      both?.names.map(({ engine, name }) => [engine, name]),
      [
        ['containerd', 'docker.io/library/app:1'],
        ['docker', 'app:1'],
      ],
    );
    const { stdout } = await tallyman(['node', 'images', ...engines]);
    assert.match(stdout, /^IMAGE +ID +PLATFORM +LAYERS +SIZE +HELD BY +CONTAINERS +RUNNING\n/);
    assert.match(stdout, /^app:1 +[0-9a-f]{12} .* containerd\/default, docker +0 +0$/m);
    assert.match(stdout, /^runs:1 .* 1 +1$/m);
  });

  test('containers and processes: what runs, and from what', async () => {
    const { containers } = await answer<ContainersAnswer>('containers');
    assert.deepEqual(
      containers.map(({ id, state, imageId }) => [id, state, imageId]),
      [['runner', 'running', runnable.imageId]],
    );
    const { processes } = await answer<ProcessesAnswer>('processes');
    const sleeper = processes.find(({ pid }) => pid === containers[0]?.pid);
    assert.deepEqual(
      [sleeper?.attribution, sleeper?.containerId, sleeper?.imageId],
      ['container', 'runner', runnable.imageId],
    );
    const { stdout } = await tallyman(['node', 'containers', ...engines]);
    assert.match(stdout, /^runner +runner +runs:1 +running +\d+ +- +containerd\/default +\d+[smh]$/m);
  });

  test('packages: those of all images, each once, and in which images', async () => {
    const { images, packages } = await answer<PackagesAnswer>('packages');
    // busybox itself may be found, too: of which version is this machine's matter.
    const known = packages.map(({ purl }) => purl).filter((purl) => !purl.startsWith('pkg:generic/busybox'));
    assert.deepEqual(known, [...CATALOGED_PURLS, 'pkg:npm/runs@1.0.0'].sort());
    const libssl = packages.find(({ name }) => name === 'libssl3');
    assert.deepEqual([...(libssl?.imageIds ?? [])].sort(), [image.imageId, runnable.imageId].sort());
    assert.deepEqual(images.map(({ names }) => names[0] ?? '').sort(), [
      'docker.io/library/app:1',
      'docker.io/library/runs:1',
    ]);
    for (const { imageId, packages: count, problem } of images) {
      assert.equal(problem, undefined);
      assert.equal(count, packages.filter(({ imageIds }) => imageIds.includes(imageId)).length);
    }
    assert.equal(await containerd.ctr('leases', 'ls', '--quiet'), '');
  });

  test('packages: of one image, by any name of it', async () => {
    const { packages } = await answer<PackagesAnswer>('packages', '--image', 'app:1');
    assert.deepEqual(
      packages.map(({ purl }) => purl),
      CATALOGED_PURLS,
    );
    const { code, stderr } = await tallyman(['node', 'packages', ...engines, '--image', 'app:2']);
    assert.match(stderr, /^tallyman: this node has no image "app:2"; did you mean app:1\?\n$/);
    assert.equal(code, 3);
  });

  test('packages: what was read is remembered where one says so, and nowhere else', async () => {
    const [temporary, state] = [join(folder, 'tmp'), join(folder, 'state')];
    mkdirSync(temporary);
    const args = ['node', 'packages', ...engines, '--format', 'json'];
    const env = { TMPDIR: temporary };
    const forgetful = await tallyman(args, { env });
    const first = await tallyman([...args, '--state-dir', state], { env });
    const second = await tallyman([...args, '--state-dir', state], { env });
    assert.deepEqual(packagesIn(first), packagesIn(forgetful));
    assert.deepEqual(packagesIn(second), packagesIn(forgetful));
    assert.ok(existsSync(join(state, 'state.db')));
    assert.deepEqual(readdirSync(temporary), []);
  });

  test('an engine that does not answer leaves a hole that is told, and an exit code that tells it', async () => {
    const args = ['node', 'images', '--containerd-address', '/nowhere.sock'];
    const { code, stdout, stderr } = await tallyman([...args, '--docker-address', dockerd.address]);
    assert.match(stdout, /^app:1 /m);
    assert.match(stderr, /^tallyman: there is no containerd socket at \/nowhere\.sock: [^\n]+\n$/);
    assert.equal(code, 1);
  });

  test('engines that this user may not use are denied', { skip: needsOtherUser() }, async () => {
    const { code, stdout, stderr } = await tallyman(['node', 'images', ...engines], {
      uid: NOBODY,
      cwd: '/',
    });
    assert.deepEqual([code, stdout], [4, '']);
    assert.match(
      stderr,
      /^tallyman: no permission to use the containerd socket [^\n]+Docker socket [^\n]+\n$/,
    );
  });
});
