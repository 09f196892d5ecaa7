import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import fc from 'fast-check';
import { dockerArchive, ociArchive, ociLayout, type BuiltImage } from '../../cli/demo/oci-image.ts';
import type { TarEntry } from '../../cli/demo/tar-writer.ts';
import type { ScanReport } from '../../cli/scan/report.ts';
import { CATALOGED_PURLS, catalogedLayers } from '../support/cataloged-image.ts';
import { tallyman } from '../support/cli.ts';
import { startContainerd, type TestContainerd } from '../support/containerd.ts';
import { startDockerd, type TestDockerd } from '../support/dockerd.ts';
import { startFakeDocker } from '../support/fake-docker.ts';
import { needsCommands, needsRoot } from '../support/requirements.ts';
import { scanInProcess } from '../support/scan-in-process.ts';
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

function writeTree(root: string, entries: readonly TarEntry[]): void {
  mkdirSync(root);
  for (const { path: name, type, content = '' } of entries) {
    if (type === 'directory') mkdirSync(join(root, name), { recursive: true });
    else writeFileSync(join(root, name), content);
  }
}

function withoutLayers(report: ScanReport): ScanReport {
  const { image: _, ...rest } = report;
  return rest;
}

/** What a layer does at one of a few places: a package comes or changes, a folder is emptied, or something goes. */
const changes = fc.record({
  folder: fc.constantFrom('a', 'a/b', 'a/b/c', 'd', 'd/e'),
  does: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('1.0.0', '2.0.0') },
    { weight: 2, arbitrary: fc.constantFrom('whiteout', 'opaque', 'file' as const) },
  ),
});

const layerStacks = fc
  .array(fc.uniqueArray(changes, { selector: ({ folder }) => folder, maxLength: 4 }), {
    minLength: 2,
    maxLength: 5,
  })
  .map((stack) => stack.map(layerOf));

/** Writes a layer as builders do: folders first, nothing below what goes or is no folder. */
function layerOf(changed: readonly { readonly folder: string; readonly does: string }[]): TarEntry[] {
  const entries = new Map<string, TarEntry>();
  const closed: string[] = [];
  for (const { folder, does } of changed.toSorted((a, b) => (a.folder < b.folder ? -1 : 1))) {
    if (closed.some((place) => folder.startsWith(`${place}/`))) continue;
    const names = folder.split('/');
    const open = does === 'whiteout' || does === 'file' ? names.slice(0, -1) : names;
    for (const at of open.keys()) {
      const place = open.slice(0, at + 1).join('/');
      entries.set(place, { path: place, type: 'directory' });
    }
    if (open !== names) closed.push(folder);
    if (open.length < names.length) closed.push(folder);
    if (does === 'whiteout') add(entries, { path: [...open, `.wh.${names.at(-1)}`].join('/') });
    else if (does === 'file') add(entries, { path: folder, content: 'a file now' });
    else if (does === 'opaque') add(entries, { path: `${folder}/.wh..wh..opq` });
    else {
      const content = JSON.stringify({ name: `in-${names.join('-')}`, version: does });
      add(entries, { path: `${folder}/package.json`, content });
    }
  }
  return [...entries.values()];
}

function add(entries: Map<string, TarEntry>, entry: TarEntry): void {
  entries.set(entry.path, entry);
}

/** What stays of the packages when the layers are laid over each other: a model of its own, of sets. */
function purlsLeft(layers: readonly (readonly TarEntry[])[]): string[] {
  const files = new Map<string, string>();
  const drop = (prefix: string): void => {
    for (const file of files.keys()) if (file === prefix || file.startsWith(`${prefix}/`)) files.delete(file);
  };
  for (const layer of layers) {
    for (const { path } of layer) {
      if (path.endsWith('/.wh..wh..opq')) drop(path.slice(0, -'/.wh..wh..opq'.length));
    }
    for (const { path, type } of layer) {
      if (path.includes('.wh..wh.')) continue;
      if (path.includes('.wh.')) drop(path.replace('.wh.', ''));
      else if (type === 'directory') files.delete(path);
      else drop(path);
    }
    for (const { path, content } of layer) {
      if (path.endsWith('package.json')) files.set(path, String(content));
    }
  }
  return [...files.values()]
    .map((content) => JSON.parse(content) as { name: string; version: string })
    .map(({ name, version }) => `pkg:npm/${name}@${version}`)
    .sort();
}
