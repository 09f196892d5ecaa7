import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { catalogers } from '../../agent/catalogers/index.ts';
import { ociArchive, type BuiltImage } from '../../cli/demo/oci-image.ts';
import type { TarEntry } from '../../cli/demo/tar-writer.ts';
import type { Package } from '../../core/composition.ts';
import type { Image } from '../../core/inventory.ts';
import { runtimeOn, type CountingRuntime } from '../support/containerd-runtime.ts';
import { startContainerd, type TestContainerd } from '../support/containerd.ts';
import { packagesOfRoot, startScanning, type TestScanning } from '../support/image-scanning.ts';
import { needsRoot } from '../support/requirements.ts';
import { smallImage } from '../support/small-images.ts';

const signal = AbortSignal.timeout(600_000);

function paragraph(name: string, version: string): string {
  return `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n`;
}

function status(...packages: readonly string[]): TarEntry {
  const text = packages.map((one) => paragraph(one.split('=')[0] ?? '', one.split('=')[1] ?? '')).join('\n');
  return { path: 'var/lib/dpkg/status', content: text };
}

function npm(path: string, name: string, version = '1.0.0'): TarEntry {
  return { path: `${path}/node_modules/${name}/package.json`, content: JSON.stringify({ name, version }) };
}

const RELEASE: TarEntry = { path: 'etc/os-release', content: 'ID=debian\nVERSION_ID="12"\n' };

/** What layers can do to each other, each as an image of its own. */
const ARRANGEMENTS: Readonly<Record<string, readonly (readonly TarEntry[])[]>> = {
  'a package database in a later layer': [[RELEASE, status('a=1', 'b=1')], [status('a=1', 'b=2', 'c=1')]],
  'a deleted file and a deleted directory': [
    [RELEASE, npm('app', 'x'), npm('app', 'y'), npm('srv', 'z')],
    [{ path: 'app/node_modules/.wh.x' }, { path: '.wh.srv' }],
  ],
  'an opaque directory with new entries': [
    [RELEASE, npm('app', 'x'), npm('app', 'y')],
    [{ path: 'app/node_modules/.wh..wh..opq' }, npm('app', 'fresh', '2.0.0')],
  ],
  'a directory replaced by a file, and a file by a directory': [
    [RELEASE, npm('app', 'x'), { path: 'tool', content: 'a file' }],
    [
      { path: 'app', content: 'now a file' },
      { path: 'tool', type: 'directory' },
      { path: 'tool/node_modules', type: 'directory' },
      { path: 'tool/node_modules/w', type: 'directory' },
      npm('tool', 'w'),
    ],
  ],
  'a directory replaced by a link to another': [
    [RELEASE, npm('app', 'x'), npm('other', 'y')],
    [{ path: 'app', type: 'symlink', target: 'other' }],
  ],
  'hard links to a manifest, within a layer': [
    [
      RELEASE,
      npm('app', 'x'),
      { path: 'copy/node_modules/x', type: 'directory' },
      {
        path: 'copy/node_modules/x/package.json',
        type: 'hardlink',
        target: 'app/node_modules/x/package.json',
      },
    ],
  ],
  'status.d with a whiteout of one entry': [
    [
      RELEASE,
      { path: 'var/lib/dpkg/status.d/a', content: paragraph('a', '1').replace(/Status:.*\n/, '') },
      { path: 'var/lib/dpkg/status.d/b', content: paragraph('b', '1').replace(/Status:.*\n/, '') },
    ],
    [{ path: 'var/lib/dpkg/status.d/.wh.a' }],
  ],
  'a manifest replaced by one that says nothing': [
    [RELEASE, npm('app', 'x')],
    [{ path: 'app/node_modules/x/package.json', content: '{}' }],
  ],
  'a file that a package of another layer owns, through merged /usr': [
    [RELEASE, { path: 'lib', type: 'symlink', target: 'usr/lib' }, npm('usr/lib', 'x'), npm('usr/lib', 'y')],
    [
      status('nodejs-x=1'),
      { path: 'var/lib/dpkg/info/nodejs-x.list', content: '/.\n/lib\n/lib/node_modules/x/package.json\n' },
    ],
  ],
  'the same layer twice, around a deletion': [
    [RELEASE],
    [npm('app', 'x')],
    [{ path: 'app/node_modules/.wh.x' }],
    [npm('app', 'x')],
  ],
  'a whiteout beside a name it is only a prefix of': [
    [RELEASE, npm('a/b', 'x'), npm('a/bc', 'y')],
    [{ path: 'a/.wh.b' }],
  ],
};

function identities(packages: readonly Package[]): string[] {
  return packages
    .map(
      (one) =>
        `${one.purl} at ${one.locations
          .map(({ path }) => path)
          .sort()
          .join(', ')}`,
    )
    .sort();
}

suite('scanning images in containerd', { skip: needsRoot() }, () => {
  let engine: TestContainerd;
  let runtime: CountingRuntime;
  let scanning: TestScanning;

  before(async () => {
    engine = await startContainerd({ cri: false });
    runtime = runtimeOn(engine.address);
    scanning = startScanning();
  });
  after(async () => {
    await scanning?.close();
    await runtime?.close();
    await engine?.stop();
  });

  async function load(built: BuiltImage, name: string): Promise<Image> {
    await engine.importArchive(ociArchive([{ image: built, names: [`localhost/${name}`] }]));
    const { images } = await runtime.view(signal);
    const image = images.find(({ imageId }) => imageId === built.imageId);
    assert.ok(image);
    return image;
  }

  async function merged(name: string): Promise<Package[]> {
    const folder = await mkdtemp(join(tmpdir(), 'tallyman-mount-'));
    await engine.ctr('images', 'mount', `localhost/${name}`, folder);
    try {
      return await packagesOfRoot(folder);
    } finally {
      await engine.ctr('images', 'unmount', '--rm', folder);
      await rm(folder, { recursive: true });
    }
  }

  for (const [at, [name, layers]] of Object.entries(ARRANGEMENTS).entries()) {
    test(`merges as the mounted image does: ${name}`, async () => {
      const image = await load(smallImage(layers), `arranged:${at}`);
      const outcome = await scanning.scan(image, [runtime]);
      assert.equal(outcome.kind, 'scanned', JSON.stringify(outcome));
      const expected = identities(await merged(`arranged:${at}`));
      assert.deepEqual(identities(scanning.packages(image)), expected);
    });
  }

  test('layers left as blobs give the packages of unpacked ones', async () => {
    const packed = await startContainerd({ cri: false });
    const packedRuntime = runtimeOn(packed.address);
    const fromBlobs = startScanning();
    const fromFolders = startScanning();
    try {
      for (const [at, [name, layers]] of Object.entries(ARRANGEMENTS).entries()) {
        const built = smallImage(layers);
        const unpacked = await load(built, `unpacked:${at}`);
        assert.equal((await fromFolders.scan(unpacked, [runtime])).kind, 'scanned');
        const archive = ociArchive([{ image: built, names: [`localhost/packed:${at}`] }]);
        await packed.importArchive(archive, { unpack: false });
        assert.equal((await fromBlobs.scan(unpacked, [packedRuntime])).kind, 'scanned', name);
        assert.deepEqual(
          identities(fromBlobs.packages(unpacked)),
          identities(fromFolders.packages(unpacked)),
          name,
        );
      }
    } finally {
      await fromBlobs.close();
      await fromFolders.close();
      await packedRuntime.close();
      await packed.stop();
    }
  });

  test('layers that images share are read once, and a second scan reads nothing', async () => {
    const base = [RELEASE, status('shared=1'), npm('opt', 'shared')];
    const first = await load(smallImage([base, [npm('app', 'one')]]), 'shared:1');
    const second = await load(smallImage([base, [npm('app', 'two')]]), 'shared:2');
    const before = scanning.readings.length;
    await scanning.scan(first, [runtime]);
    await scanning.scan(second, [runtime]);
    assert.deepEqual(scanning.readings.slice(before), ['walk', 'walk', 'walk']);
    assert.equal((await scanning.scan(first, [runtime])).kind, 'known');
    assert.equal(scanning.readings.length, before + 3);
    assert.ok(scanning.packages(second).some((one) => one.name === 'shared' && one.type === 'deb'));
  });

  test('a changed cataloger reads its candidates again and walks nothing', async () => {
    const image = await load(
      smallImage([[RELEASE, status('a=1'), npm('app', 'x')], [npm('app', 'y')]]),
      'changed:1',
    );
    await scanning.scan(image, [runtime]);
    const before = scanning.readings.length;
    const raised = catalogers.map(({ id, version }) => ({
      id,
      version: id === 'npm' ? version + 1 : version,
    }));
    // The stored facts are of the version that runs, so the raised one stays wanted: what counts is how it is read.
    await scanning.scan(image, [runtime], raised).catch(() => undefined);
    assert.deepEqual(scanning.readings.slice(before), ['candidates', 'candidates']);
  });

  test('a package is traced to the layer that brought it', async () => {
    const image = await load(
      smallImage([
        [RELEASE, status('old=1', 'changed=1')],
        [status('old=1', 'changed=2')],
        [status('old=1', 'changed=2', 'new=1')],
      ]),
      'traced:1',
    );
    await scanning.scan(image, [runtime]);
    const origin = Object.fromEntries(
      scanning.packages(image).map((one) => [one.name, one.locations[0]?.introducedBy]),
    );
    assert.deepEqual(origin, { old: 0, changed: 1, new: 2 });
  });
});
