import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { containerdRuntime } from '../../agent/runtimes/containerd/containerd-runtime.ts';
import { nodePlatform } from '../../agent/runtimes/containerd/platform.ts';
import { dockerRuntime } from '../../agent/runtimes/docker/docker-runtime.ts';
import type { Runtime } from '../../agent/runtimes/runtime.ts';
import { buildImage, dockerArchive, ociArchive, type BuiltImage } from '../../cli/demo/oci-image.ts';
import { writeTar } from '../../cli/demo/tar-writer.ts';
import { joinInventories } from '../../core/join-images.ts';
import { startDockerd, type TestDockerd } from '../support/dockerd.ts';
import { needsCommands, needsRoot } from '../support/requirements.ts';

const skip = needsRoot() || needsCommands('dockerd', 'containerd', 'docker', 'ctr', 'busybox');

suite('Docker beside containerd', { skip }, () => {
  let dockerd: TestDockerd;
  let runtimes: readonly Runtime[] = [];
  let image: BuiltImage;

  before(async () => {
    dockerd = await startDockerd();
    runtimes = [
      containerdRuntime({
        address: dockerd.containerdAddress,
        platform: nodePlatform(process.arch),
        owner: 'test',
        now: Date.now,
        randomId: () => randomBytes(8).toString('hex'),
      }),
      dockerRuntime({ address: dockerd.address }),
    ];
    const busybox = { path: 'busybox', mode: 0o755, content: await readFile('/bin/busybox') };
    image = buildImage([{ tar: writeTar([busybox]) }], { entrypoint: ['/busybox'] });
    await dockerd.load(dockerArchive([{ image, names: ['example.com/both:1'] }]));
    const archive = join(dockerd.root, 'image.tar');
    await writeFile(archive, ociArchive([{ image, names: ['example.com/both:1'] }]));
    const ctr = ['--address', dockerd.containerdAddress, '--namespace', 'k8s.io'];
    await promisify(execFile)('ctr', [...ctr, 'images', 'import', archive]);
  });

  after(async () => {
    await Promise.all(runtimes.map((runtime) => runtime.close()));
    await dockerd?.stop();
  });

  test('an image that both hold is one image, with the names of both', async () => {
    const { images } = await joined();
    assert.equal(images.length, 1);
    assert.equal(images[0]?.imageId, image.imageId);
    assert.deepEqual(images[0].diffIds, image.diffIds);
    assert.ok(images[0].manifestDigests.includes(image.manifest.digest));
    assert.deepEqual(
      images[0].names.map(({ engine, namespace, name }) => `${engine} ${namespace} ${name}`),
      ['containerd k8s.io example.com/both:1', 'docker  example.com/both:1'],
    );
  });

  test('a container that Docker runs in containerd is one container', async () => {
    const container = await dockerd.client.createContainer({
      Image: 'example.com/both:1',
      Cmd: ['sleep', '600'],
      HostConfig: { NetworkMode: 'none' },
    });
    await container.start();
    const { containers } = await joined();
    assert.deepEqual(
      containers.map(({ engine, id, imageId, state, pid }) => ({ engine, id, imageId, state, pid })),
      [
        {
          engine: 'docker',
          id: container.id,
          imageId: image.imageId,
          state: 'running',
          pid: (await container.inspect()).State.Pid,
        },
      ],
    );
    await container.remove({ force: true });
  });

  async function joined() {
    const views = await Promise.all(runtimes.map((runtime) => runtime.view(AbortSignal.timeout(120_000))));
    return joinInventories(
      views.flatMap((view) => view.images),
      views.flatMap((view) => view.containers),
    );
  }
});
