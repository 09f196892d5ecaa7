import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { ArchivedImage } from '../../agent/layers/archives/archived-image.ts';
import { openImageTarget } from '../../agent/layers/archives/image-target.ts';
import { LayerError, type LayerErrorCode } from '../../agent/layers/layer-error.ts';
import { openLayerSource } from '../../agent/layers/location.ts';
import {
  buildImage,
  buildIndex,
  dockerArchive,
  ociArchive,
  ociLayout,
  sha256,
  type BuiltImage,
} from '../../cli/demo/oci-image.ts';
import { writeTar, type TarEntry } from '../../cli/demo/tar-writer.ts';
import { factsOf, scanWith, shortDigest, witness } from '../support/layer-reading.ts';
import { needsCommands } from '../support/requirements.ts';

const notes = witness('notes', { basenames: ['note'] });
const BASE = writeTar([{ path: 'base/note', content: 'base' }]);
const TOP = writeTar([{ path: 'top/note', content: 'top' }, { path: 'base/.wh.note' }]);
const EXPECTED = [
  `notes base/note: base/note=${shortDigest('base')}`,
  `notes top/note: top/note=${shortDigest('top')}`,
];
let work = '';
let files = 0;

before(() => {
  work = mkdtempSync(join(tmpdir(), 'tallyman-archives-'));
});
after(() => rmSync(work, { recursive: true, force: true }));

function fileOf(bytes: Uint8Array): string {
  const path = join(work, `file-${files++}`);
  writeFileSync(path, bytes);
  return path;
}

function layoutOf(entries: readonly TarEntry[]): string {
  const root = mkdtempSync(join(work, 'layout-'));
  for (const { path, type, content } of entries) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    if (type === undefined) writeFileSync(join(root, path), content ?? '');
  }
  return root;
}

const plain = buildImage([{ tar: BASE }, { tar: TOP }], {
  created: '2024-05-06T07:08:09Z',
  labels: { a: 'b' },
});
const packed = buildImage([
  { tar: BASE, compression: 'gzip' },
  { tar: TOP, compression: 'zstd' },
]);

async function factsIn(image: ArchivedImage | undefined): Promise<string[]> {
  assert.ok(image);
  const facts: string[] = [];
  for (const { diffId, location } of image.layers) {
    facts.push(...factsOf((await scanWith(openLayerSource(location, diffId), [notes])).facts));
  }
  return facts;
}

async function assertHolds(target: string, built: BuiltImage, names: readonly string[]): Promise<void> {
  const images = await openImageTarget(target);
  assert.equal(images.length, 1, target);
  const [image] = images;
  assert.ok(image);
  assert.equal(image.imageId, built.imageId);
  assert.deepEqual(image.names, names);
  assert.deepEqual(
    image.layers.map(({ diffId }) => diffId),
    built.diffIds,
  );
  assert.deepEqual(await factsIn(image), EXPECTED, target);
}

async function assertFails(target: string, code: LayerErrorCode, message: RegExp): Promise<void> {
  await assert.rejects(
    openImageTarget(target).then(([image]) => factsIn(image)),
    (error) => {
      assert.ok(error instanceof LayerError, String(error));
      assert.equal(error.code, code, error.message);
      assert.match(error.message, message);
      return true;
    },
  );
}

test('docker archives are read as they are, and compressed as a whole', async () => {
  const archive = dockerArchive([{ image: plain, names: ['app:1', 'app:2'] }]);
  for (const bytes of [archive, gzipSync(archive), zstdCompressSync(archive)]) {
    await assertHolds(`docker-archive:${fileOf(bytes)}`, plain, ['app:1', 'app:2']);
  }
  const [image] = await openImageTarget(`docker-archive:${fileOf(archive)}`);
  assert.equal(image?.builtAt, Date.UTC(2024, 4, 6, 7, 8, 9));
  assert.deepEqual(image.labels, { a: 'b' });
  assert.equal(image.sizeBytes, BASE.length + TOP.length);
});

test('OCI archives and layouts are read, with layers of any compression', async () => {
  const named = [{ image: packed, names: ['localhost/app:1'] }];
  const archive = ociArchive(named);
  await assertHolds(`oci-archive:${fileOf(archive)}`, packed, ['localhost/app:1']);
  await assertHolds(`oci-archive:${fileOf(gzipSync(archive))}`, packed, ['localhost/app:1']);
  await assertHolds(`oci-layout:${layoutOf(ociLayout(named))}`, packed, ['localhost/app:1']);
  const [image] = await openImageTarget(`oci-archive:${fileOf(archive)}`);
  assert.equal(image?.manifestDigest, packed.manifest.digest);
});

test('what newer Dockers save is a docker archive and an OCI layout at once', async () => {
  const layers = packed.layers.map(({ digest }) => `blobs/sha256/${digest.slice(7)}`);
  const manifest = [
    { Config: `blobs/sha256/${packed.imageId.slice(7)}`, RepoTags: ['app:1'], Layers: layers },
  ];
  const entries = [
    ...ociLayout([{ image: packed, names: ['localhost/app:1'] }]),
    { path: 'manifest.json', content: JSON.stringify(manifest) },
  ];
  const file = fileOf(writeTar(entries));
  await assertHolds(`docker-archive:${file}`, packed, ['app:1']);
  await assertHolds(`oci-archive:${file}`, packed, ['localhost/app:1']);
});

test('older Dockers linked equal layers to one another', async () => {
  const built = buildImage([{ tar: BASE }, { tar: TOP }, { tar: BASE }]);
  const config = built.blobs.get(built.imageId) ?? Buffer.alloc(0);
  const name = `${built.imageId.slice(7)}.json`;
  const manifest = [{ Config: name, RepoTags: null, Layers: ['a/layer.tar', 'b/layer.tar', 'c/layer.tar'] }];
  const archive = writeTar([
    { path: 'a/layer.tar', content: BASE },
    { path: 'b/layer.tar', content: TOP },
    { path: 'c/layer.tar', type: 'symlink', target: '../a/layer.tar' },
    { path: name, content: config },
    { path: 'manifest.json', content: JSON.stringify(manifest) },
  ]);
  for (const bytes of [archive, gzipSync(archive)]) {
    const [image] = await openImageTarget(`docker-archive:${fileOf(bytes)}`);
    assert.deepEqual(await factsIn(image), [...EXPECTED, EXPECTED[0]]);
    assert.deepEqual(image?.names, []);
  }
});

test('an image of several names is one, of several images each is its own', async () => {
  const other = buildImage([{ tar: TOP }]);
  const archive = ociArchive([
    { image: packed, names: ['one:1', 'two:1'] },
    { image: other, names: ['other:1'] },
    { image: other, names: [] },
  ]);
  const images = await openImageTarget(`oci-archive:${fileOf(archive)}`);
  assert.deepEqual(
    images.map(({ imageId, names }) => [imageId, names]),
    [
      [packed.imageId, ['one:1', 'two:1']],
      [other.imageId, ['other:1']],
    ],
  );
});

test('of an image for several platforms the one asked for is taken', async () => {
  const arms = ['v6', 'v7'].map((variant) => buildImage([{ tar: TOP }], { architecture: 'arm', variant }));
  const intel = buildImage([{ tar: BASE }], { architecture: 'amd64' });
  const index = buildIndex([...arms, intel]);
  const target = `oci-archive:${fileOf(ociArchive([{ image: index, names: ['app:1'] }]))}`;
  const idFor = async (architecture: string, variant?: string): Promise<string | undefined> => {
    const platform = { os: 'linux', architecture, ...(variant !== undefined && { variant }) };
    return (await openImageTarget(target, { platform }))[0]?.imageId;
  };
  assert.equal(await idFor('amd64'), intel.imageId);
  assert.equal(await idFor('arm', 'v7'), arms[1]?.imageId);
  assert.equal(await idFor('arm'), arms[0]?.imageId);
  await assert.rejects(
    idFor('s390x'),
    /holds images for linux\/arm\/v6, linux\/arm\/v7, linux\/amd64, but none for linux\/s390x/,
  );
});

test('provenance beside an image is no image', async () => {
  const layout = layoutOf(ociLayout([{ image: packed, names: ['app:1'] }]));
  const file = join(layout, 'index.json');
  const index = JSON.parse(readFileSync(file, 'utf8')) as { manifests: unknown[] };
  const annotations = {
    'vnd.docker.reference.type': 'attestation-manifest',
    'org.opencontainers.image.ref.name': '1',
  };
  const digest = `sha256:${'0'.repeat(64)}`;
  index.manifests.unshift({
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest,
    size: 1,
    annotations,
  });
  writeFileSync(file, JSON.stringify(index));
  await assertHolds(`oci-layout:${layout}`, packed, ['app:1']);
});

test('a folder is an image of one layer', async () => {
  const root = mkdtempSync(join(work, 'dir-'));
  mkdirSync(join(root, 'a'));
  writeFileSync(join(root, 'a/note'), 'x');
  symlinkSync('/etc', join(root, 'b'));
  const [image] = await openImageTarget(`dir:${root}`);
  assert.equal(image?.imageId, 'dir');
  assert.deepEqual(await factsIn(image), [`notes a/note: a/note=${shortDigest('x')}`]);
});

test('what other tools write is read', { skip: needsCommands('skopeo', 'umoci') }, async () => {
  const source = `oci-archive:${fileOf(ociArchive([{ image: plain, names: ['app:1'] }]))}`;
  const run = (command: string, ...args: readonly string[]): string =>
    execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const copy = (target: string): void => void run('skopeo', '--insecure-policy', 'copy', source, target);

  const docker = join(work, 'skopeo-docker.tar');
  copy(`docker-archive:${docker}:localhost/app:2`);
  const config = run('skopeo', 'inspect', '--config', '--raw', `docker-archive:${docker}`);
  const [image] = await openImageTarget(`docker-archive:${docker}`);
  assert.equal(image?.imageId, sha256(Buffer.from(config)));
  assert.deepEqual(image.names, ['localhost/app:2']);
  assert.deepEqual(await factsIn(image), EXPECTED);

  const layout = join(work, 'skopeo-oci');
  copy(`oci:${layout}:tag`);
  run('umoci', 'config', '--image', `${layout}:tag`, '--tag', 'second', '--config.label', 'a=b');
  const images = await openImageTarget(`oci-layout:${layout}`);
  assert.deepEqual(
    images.map(({ names }) => names),
    [['tag'], ['second']],
  );
  assert.equal(images[1]?.labels['a'], 'b');
  for (const one of images) assert.deepEqual(await factsIn(one), EXPECTED);
});

test('targets that are no images say what is wrong', async () => {
  const docker = dockerArchive([{ image: plain, names: ['app:1'] }]);
  const oci = ociArchive([{ image: packed, names: ['app:1'] }]);
  const text = fileOf(Buffer.from('just some text, and enough of it to fill a block\n'.repeat(20)));
  await assertFails(
    'docker-archive:/no/such/file',
    'not-found',
    /^\/no\/such\/file: no such file or directory$/,
  );
  await assertFails(`docker-archive:${work}`, 'not-an-image', /is a folder, where a file was expected/);
  await assertFails(
    `docker-archive:${text}`,
    'not-an-image',
    /no image archive: the tar has a header with a wrong checksum/,
  );
  await assertFails(
    `docker-archive:${fileOf(Buffer.alloc(0))}`,
    'not-an-image',
    /not a docker archive: no manifest.json/,
  );
  await assertFails(
    `docker-archive:${fileOf(oci)}`,
    'not-an-image',
    /no manifest.json in it; it is an OCI archive/,
  );
  await assertFails(
    `docker-archive:${fileOf(gzipSync(docker).subarray(0, 300))}`,
    'not-an-image',
    /cut short/,
  );
  await assertFails(`oci-archive:${fileOf(docker)}`, 'not-an-image', /no index.json in it/);
  await assertFails(`oci-layout:${work}`, 'not-an-image', /no index.json in it/);
  await assertFails('oci-layout:/no/such/dir', 'not-found', /no such file/);
  await assertFails(`dir:${text}`, 'not-found', /not a directory/);
  await assertFails('dir:', 'unsupported', /known are dir:PATH, docker-archive:PATH/);
  await assertFails('registry:app', 'unsupported', /not a target/);
});

function layoutWith(change: (entry: TarEntry) => TarEntry | undefined): string {
  return layoutOf(ociLayout([{ image: packed, names: ['app:1'] }]).flatMap((entry) => change(entry) ?? []));
}

test('an archive that was tampered with is refused', async () => {
  const blobName = (digest: string): string => `blobs/sha256/${digest.slice(7)}`;
  const spoil = (digest: string) => (entry: TarEntry) =>
    entry.path === blobName(digest) ? { ...entry, content: `${String(entry.content)} ` } : entry;
  await assertFails(`oci-layout:${layoutWith(spoil(packed.manifest.digest))}`, 'digest', /damaged/);
  await assertFails(`oci-layout:${layoutWith(spoil(packed.imageId))}`, 'digest', /damaged/);
  const [first] = packed.layers;
  assert.ok(first);
  const other = layoutWith((entry) =>
    entry.path === blobName(first.digest) ? { ...entry, content: gzipSync(TOP) } : entry,
  );
  await assertFails(`oci-layout:${other}`, 'digest', /diff ID/);
  const without = layoutWith((entry) => (entry.path === blobName(first.digest) ? undefined : entry));
  await assertFails(`oci-layout:${without}`, 'not-an-image', /is not in it/);
});

test('digests that are paths are no digests', async () => {
  for (const digest of [
    'sha256:../../../etc/passwd',
    '../x',
    'sha256:abc',
    'md5:d41d8cd98f00b204e9800998ecf8427e',
  ]) {
    const manifests = [{ mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: 1 }];
    const layout = layoutOf([
      { path: 'index.json', content: JSON.stringify({ schemaVersion: 2, manifests }) },
    ]);
    await assertFails(
      `oci-layout:${layout}`,
      'not-an-image',
      /manifests\.0\.digest: not a SHA-256 or SHA-512 digest/,
    );
  }
});

test('an index that leads back to itself comes to an end', async () => {
  let inner = buildIndex([packed]);
  for (let level = 0; level < 8; level++) inner = buildIndex([inner]);
  await assertFails(
    `oci-archive:${fileOf(ociArchive([{ image: inner, names: ['app:1'] }]))}`,
    'not-an-image',
    /too deep/,
  );
});
