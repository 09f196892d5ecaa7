import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { dockerArchive, ociArchive } from '../../cli/demo/oci-image.ts';
import type { NodeAnswer, NodeContainer, NodeImage, NodePackage, NodeProcess } from '../../cli/up/views.ts';
import { startContainerd, type TestContainerd } from '../support/containerd.ts';
import { startDockerd, type TestDockerd } from '../support/dockerd.ts';
import { needsRoot } from '../support/requirements.ts';
import { runnableImage, smallImage } from '../support/small-images.ts';
import { eventually, startSystem, TEST_NODE, type TestSystem } from '../support/system.ts';

const status = (name: string): string =>
  `Package: ${name}\nStatus: install ok installed\nVersion: 1.0\nArchitecture: all\n`;
const release = { path: 'etc/os-release', content: 'ID=debian\nVERSION_ID="12"\n' };
const base = [release, { path: 'var/lib/dpkg/status', content: status('base') }];

suite('an agent, a collector, containerd and Docker', { skip: needsRoot() }, () => {
  let containerd: TestContainerd;
  let docker: TestDockerd;
  let system: TestSystem;
  const node = `nodes/${TEST_NODE}`;
  const images = (): Promise<readonly NodeImage[]> => system.api.all<NodeImage>(`${node}/images`);
  const named = (list: readonly NodeImage[], name: string): NodeImage | undefined =>
    list.find((image) => image.names.some((one) => one.name === name));

  before(async () => {
    containerd = await startContainerd({ cri: false });
    docker = await startDockerd();
    system = await startSystem({ containerd: containerd.address, docker: docker.address });
    await eventually(
      () => system.api.get<NodeAnswer>(node),
      (answer) => answer.host?.engines.length === 2,
    );
  });
  after(async () => {
    await system?.stop();
    await docker?.stop();
    await containerd?.stop();
  });

  test('an image shows within seconds of its import, with its packages, and goes when it is removed', async () => {
    const image = smallImage([
      base,
      [{ path: 'app/package.json', content: '{"name":"app","version":"1.2.3"}' }],
    ]);
    await containerd.importArchive(ociArchive([{ image, names: ['localhost/comes:1'] }]));
    const seen = await eventually(images, (list) => named(list, 'localhost/comes:1')?.packages !== undefined);
    assert.equal(named(seen, 'localhost/comes:1')?.imageId, image.imageId);
    const packages = await system.api.all<NodePackage>(`${node}/packages`);
    const purls = packages.filter((one) => one.imageIds.includes(image.imageId)).map((one) => one.purl);
    assert.deepEqual(purls.sort(), [
      'pkg:deb/debian/base@1.0?arch=all&distro=debian-12',
      'pkg:npm/app@1.2.3',
    ]);
    await containerd.ctr('images', 'remove', 'localhost/comes:1');
    await eventually(images, (list) => named(list, 'localhost/comes:1') === undefined);
  });

  test("a container's processes are attributed to it, its image and its pod", async () => {
    const image = await runnableImage([base]);
    await containerd.importArchive(ociArchive([{ image, names: ['localhost/runs:1'] }]), {
      namespace: 'k8s.io',
    });
    const labels = {
      'io.kubernetes.pod.name': 'web-0',
      'io.kubernetes.pod.namespace': 'shop',
      'io.kubernetes.pod.uid': '0b1f1f5e-3a4e-4c39-9d0e-2f6a3f4f5a6b',
    };
    await containerd.runContainer('localhost/runs:1', 'runs-1', [], { namespace: 'k8s.io', labels });
    const processes = await eventually(
      () => system.api.all<NodeProcess>(`${node}/processes`),
      (list) => list.some((one) => one.containerId === 'runs-1'),
    );
    const own = processes.find((one) => one.containerId === 'runs-1');
    assert.equal(own?.imageId, image.imageId);
    assert.equal(own?.attribution, 'container');
    assert.equal(own?.executable, '/bin/busybox');
    assert.equal(processes.find((one) => one.pid === process.pid)?.containerId, undefined);
    const containers = await system.api.all<NodeContainer>(`${node}/containers`);
    const container = containers.find((one) => one.id === 'runs-1');
    assert.equal(container?.state, 'running');
    assert.deepEqual(container?.pod, {
      name: 'web-0',
      namespace: 'shop',
      uid: labels['io.kubernetes.pod.uid'],
    });
  });

  test('an image that both engines hold is one, and its layers are read once', async () => {
    await eventually(images, (all) => all.every((one) => one.packages !== undefined));
    const before = await system.agentMetric('tallyman_agent_layers_read_total');
    const image = smallImage([[...base, { path: 'both' }]], { compression: 'none' });
    await containerd.importArchive(ociArchive([{ image, names: ['localhost/both:containerd'] }]));
    await docker.load(dockerArchive([{ image, names: ['both:docker'] }]));
    const list = await eventually(
      images,
      (all) => (all.find((one) => one.imageId === image.imageId)?.names.length ?? 0) >= 2,
    );
    const same = list.filter((one) => one.imageId === image.imageId);
    assert.equal(same.length, 1);
    assert.ok(same[0]?.names.some((one) => one.name.includes('both:docker')));
    await eventually(
      images,
      (all) => all.find((one) => one.imageId === image.imageId)?.packages !== undefined,
    );
    assert.equal(await system.agentMetric('tallyman_agent_layers_read_total'), before + 1);
  });

  test('a Docker image is read from its overlay2 directories', async () => {
    const image = smallImage(
      [base, [{ path: 'srv/node_modules/left/package.json', content: '{"name":"left","version":"0.1.0"}' }]],
      {
        compression: 'none',
        labels: { only: 'docker' },
      },
    );
    await docker.load(dockerArchive([{ image, names: ['only:docker'] }]));
    const list = await eventually(
      images,
      (all) => all.find((one) => one.imageId === image.imageId)?.packages !== undefined,
    );
    assert.equal(list.find((one) => one.imageId === image.imageId)?.packages, 2);
  });

  test('an engine that is gone shows as degraded with what it held, and comes back', async () => {
    const before = await images();
    await containerd.kill();
    const degraded = await eventually(
      () => system.api.get<NodeAnswer>(node),
      (answer) =>
        answer.host?.engines.some((engine) => engine.id === 'containerd' && engine.status === 'degraded') ===
        true,
    );
    assert.match(
      degraded.host?.engines.find((engine) => engine.id === 'containerd')?.message ?? '',
      /containerd/,
    );
    assert.deepEqual(
      (await images()).map((one) => one.imageId),
      before.map((one) => one.imageId),
    );
    await containerd.restart();
    await eventually(
      () => system.api.get<NodeAnswer>(node),
      (answer) => answer.host?.engines.every((engine) => engine.status === 'ok') === true,
      60,
    );
    const image = smallImage([[{ path: 'after-restart' }]]);
    await containerd.importArchive(ociArchive([{ image, names: ['localhost/after:1'] }]));
    await eventually(images, (list) => named(list, 'localhost/after:1') !== undefined);
  });

  test('an agent that starts again reads no layer anew', async () => {
    const before = await eventually(
      images,
      (all) => all.length > 0 && all.every((one) => one.packages !== undefined),
    );
    await system.restartAgent();
    await eventually(
      () => system.agentMetric('tallyman_agent_images_scanned_total'),
      (count) => count >= before.length,
    );
    assert.equal(await system.agentMetric('tallyman_agent_layers_read_total'), 0);
  });

  test('nothing of ours is left in the engine', async () => {
    assert.equal(await containerd.ctr('leases', 'list', '--quiet'), '');
    const snapshots = await containerd.ctr('snapshots', 'list');
    assert.doesNotMatch(snapshots, /tallyman/);
  });
});
