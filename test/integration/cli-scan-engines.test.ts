import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import fc from 'fast-check';
import { dockerArchive, ociArchive, ociLayout, type BuiltImage } from '../../cli/demo/oci-image.ts';
import type { ScanReport } from '../../cli/scan/report.ts';
import { CATALOGED_PURLS, catalogedLayers } from '../support/cataloged-image.ts';
import { tallyman } from '../support/cli.ts';
import { startContainerd, type TestContainerd } from '../support/containerd.ts';
import { startDockerd, type TestDockerd } from '../support/dockerd.ts';
import { startFakeDocker } from '../support/fake-docker.ts';
import { layerStacks, purlsLeft } from '../support/layer-stacks.ts';
import { needsCommands, needsRoot } from '../support/requirements.ts';
import { scanInProcess } from '../support/scan-in-process.ts';
import { writeTree } from '../support/scan-places.ts';
import { smallImage } from '../support/small-images.ts';

const skip = needsRoot() || needsCommands('containerd', 'dockerd', 'ctr', 'docker');
const NAME = 'docker.io/library/app:1';
const RANDOM_IMAGES = 4;

suite('scan, whichever way an image is held', { skip }, () => {
  let folder = '';
  let containerd: TestContainerd;
  let dockerd: TestDockerd;
  let image: BuiltImage;
  const path = (name: string): string => join(folder, name);

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tallyman-engines-'));
    [containerd, dockerd] = await Promise.all([startContainerd({ cri: false }), startDockerd()]);
    image = smallImage(catalogedLayers, { compression: 'none' });
    await hold(image, [NAME], 'app');
  });
  after(async () => {
    await Promise.all([containerd?.stop(), dockerd?.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  /** Puts an image into every place that it can be scanned from. */
  async function hold(held: BuiltImage, names: readonly string[], file: string): Promise<void> {
    const named = [{ image: held, names }];
    writeFileSync(path(`${file}.docker.tar`), dockerArchive(named));
    writeFileSync(path(`${file}.oci.tar`), ociArchive(named));
    writeTree(path(`${file}.layout`), ociLayout(named));
    await containerd.importArchive(path(`${file}.oci.tar`));
    await dockerd.load(dockerArchive(named));
  }

  /** The report on an image from each of its places; as a folder it is what the kernel's overlayfs makes of its layers. */
  async function everyWay(name: string, file: string): Promise<Record<string, ScanReport>> {
    const engines = { containerdAddress: containerd.address, dockerAddress: dockerd.address };
    const merged = path(`${file}.merged`);
    mkdirSync(merged);
    await containerd.ctr('images', 'mount', name, merged);
    try {
      return {
        containerd: await scanInProcess(`containerd:${name}`, engines),
        docker: await scanInProcess(`docker:${name}`, engines),
        'docker-archive': await scanInProcess(`docker-archive:${path(`${file}.docker.tar`)}`),
        'oci-archive': await scanInProcess(`oci-archive:${path(`${file}.oci.tar`)}`),
        'oci-layout': await scanInProcess(`oci-layout:${path(`${file}.layout`)}`),
        dir: await scanInProcess(`dir:${merged}`),
      };
    } finally {
      await containerd.ctr('images', 'unmount', merged);
    }
  }

  /** What must be the same everywhere; a folder has no layers to tell of. */
  function essence(report: ScanReport, kind: string): unknown {
    const { packages, problems, release } = report;
    const locations = packages.map((one) =>
      one.locations.map(({ path: place, layer, introducedBy, cataloger }) =>
        kind === 'dir' ? { place, cataloger } : { place, cataloger, layer, introducedBy },
      ),
    );
    return {
      packages: packages.map((one, at) => ({ ...one, locations: locations[at] })),
      problems: problems.map((one) => [one.path, one.kind]),
      release,
    };
  }

  function assertSame(reports: Record<string, ScanReport>, expected: readonly string[]): void {
    const { 'oci-archive': reference } = reports;
    assert.ok(reference !== undefined);
    assert.deepEqual(
      reference.packages.map(({ purl }) => purl),
      expected,
    );
    for (const [kind, report] of Object.entries(reports)) {
      const plain: ScanReport = kind === 'dir' ? withoutLayers(reference) : reference;
      assert.deepEqual(essence(report, kind), essence(plain, kind), kind);
      if (kind === 'dir') continue;
      assert.equal(report.image?.imageId, reference.image?.imageId, kind);
      assert.deepEqual(report.image?.diffIds, reference.image?.diffIds, kind);
    }
  }

  test('gives the same packages at the same places, from the same layers', async () => {
    assertSame(await everyWay(NAME, 'app'), CATALOGED_PURLS);
  });

  test('also for layers of any shape', async () => {
    const stacks = fc.sample(layerStacks, { numRuns: RANDOM_IMAGES, seed: 20 });
    for (const [at, layers] of stacks.entries()) {
      const name = `docker.io/library/random-${at}:1`;
      await hold(smallImage(layers, { compression: 'none' }), [name], `random-${at}`);
      assertSame(await everyWay(name, `random-${at}`), purlsLeft(layers));
    }
  });

  for (const engine of ['containerd', 'docker'] as const) {
    const address = (): string => (engine === 'docker' ? dockerd.address : containerd.address);

    test(`${engine}: the command prints the report, and leaves nothing in the engine`, async () => {
      const args = ['scan', `${engine}:app:1`, '--address', address(), '--format', 'json'];
      const { code, stdout, stderr } = await tallyman(args);
      assert.deepEqual([code, stderr], [0, '']);
      const report = JSON.parse(stdout) as ScanReport;
      assert.deepEqual(
        report.packages.map(({ purl }) => purl),
        CATALOGED_PURLS,
      );
      assert.equal(report.target, `${engine}:app:1`);
      assert.doesNotMatch(await containerd.ctr('leases', 'ls'), /tallyman-\w{16}/);
      assert.doesNotMatch(await containerd.ctr('snapshots', 'ls'), /tallyman-\w{16}/);
    });

    test(`${engine}: finds an image by any name, by its ID and by the first digits of it`, async () => {
      const addresses = { containerdAddress: address(), dockerAddress: address() };
      for (const name of [
        'docker.io/library/app:1',
        'docker.io/app:1',
        image.imageId,
        image.imageId.slice(7, 19),
      ]) {
        const report = await scanInProcess(`${engine}:${name}`, addresses);
        assert.equal(report.image?.imageId, image.imageId, name);
      }
    });

    test(`${engine}: an image that is not there is not found, and near names are told`, async () => {
      const { code, stdout, stderr } = await tallyman(['scan', `${engine}:app:2`, '--address', address()]);
      assert.deepEqual([code, stdout], [3, '']);
      assert.match(stderr, /^tallyman: \S+ at \S+ has no image "app:2"; did you mean app:1\?\n$/i);
    });
  }

  test('containerd: one name in two namespaces is ambiguous until one is named', async () => {
    const other = smallImage([[{ path: 'package.json', content: '{"name":"other","version":"1.0.0"}' }]]);
    const archive = ociArchive([{ image: other, names: [NAME] }]);
    await containerd.importArchive(archive, { namespace: 'other' });
    try {
      const options = { containerdAddress: containerd.address };
      await assert.rejects(scanInProcess('containerd:app:1', options), {
        exitCode: 2,
        message: /"app:1" is more than one image of containerd/,
      });
      const found = await scanInProcess('containerd:app:1', { ...options, namespace: 'other' });
      assert.equal(found.image?.imageId, other.imageId);
      await assert.rejects(scanInProcess('containerd:app:1', { ...options, namespace: 'none' }), {
        exitCode: 3,
        message: /namespace none has no images; those with images are default, other/,
      });
    } finally {
      await containerd.ctr('--namespace', 'other', 'images', 'rm', '--sync', NAME);
    }
  });

  test('containerd: an image that was never unpacked is read from its blobs', async () => {
    const packed = smallImage([[{ path: 'package.json', content: '{"name":"packed","version":"1.0.0"}' }]], {
      compression: 'zstd',
    });
    const archive = ociArchive([{ image: packed, names: ['docker.io/library/packed:1'] }]);
    await containerd.importArchive(archive, { unpack: false });
    const { packages } = await scanInProcess('containerd:packed:1', {
      containerdAddress: containerd.address,
    });
    assert.deepEqual(
      packages.map(({ purl }) => purl),
      ['pkg:npm/packed@1.0.0'],
    );
  });

  suite('of a Docker that keeps its images in containerd', () => {
    /** As Docker 29 answers by default: an image's ID is its manifest's digest. */
    function answers(): Record<string, object> {
      const { digest } = image.manifest;
      return {
        '/info': {
          ServerVersion: '29.0.0',
          Driver: 'overlayfs',
          DriverStatus: [['driver-type', 'io.containerd.snapshotter.v1']],
        },
        '/images/json': [{ Id: digest, RepoTags: ['app:1'], RepoDigests: [`app@${digest}`], Size: 1000 }],
        '/containers/json': [],
        [`/images/${digest}/json`]: {
          Id: digest,
          Os: 'linux',
          Architecture: 'amd64',
          RootFS: { Layers: image.diffIds },
        },
      };
    }

    test('the layers come from containerd', async () => {
      const docker = await startFakeDocker(answers());
      try {
        const report = await scanInProcess('docker:app:1', {
          dockerAddress: docker.address,
          containerdAddress: containerd.address,
        });
        assert.deepEqual(
          report.packages.map(({ purl }) => purl),
          CATALOGED_PURLS,
        );
        assert.equal(report.image?.imageId, image.imageId);
      } finally {
        await docker.stop();
      }
    });

    test('and where there is none, that is said', async () => {
      const docker = await startFakeDocker(answers());
      try {
        const args = ['scan', 'docker:app:1', '--address', docker.address, '--containerd-address', 'none'];
        const { code, stderr } = await tallyman(args);
        assert.match(
          stderr,
          /^tallyman: Docker keeps its images in containerd here: .*--containerd-address\n$/,
        );
        assert.equal(code, 5);
      } finally {
        await docker.stop();
      }
    });
  });
});

function withoutLayers(report: ScanReport): ScanReport {
  const { image: _, ...rest } = report;
  return rest;
}
