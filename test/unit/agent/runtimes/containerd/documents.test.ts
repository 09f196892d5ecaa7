import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseConfig, parseTarget } from '../../../../../agent/runtimes/containerd/documents.ts';
import { buildIndex } from '../../../../../cli/demo/oci-image.ts';
import { smallImage } from '../../../../support/small-images.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const D = `sha256:${'0'.repeat(64)}`;

function bytes(document: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(document));
}

function entry(extra: object = {}): object {
  return { mediaType: MANIFEST, digest: D, size: 10, ...extra };
}

test('a manifest gives its config and its layers, base first', () => {
  const image = smallImage([[{ path: 'a' }], [{ path: 'b' }]]);
  const blob = image.blobs.get(image.manifest.digest) ?? Buffer.alloc(0);
  const document = parseTarget(blob, image.manifest.mediaType);
  assert.ok(document.kind === 'manifest');
  assert.equal(document.config.digest, image.imageId);
  assert.deepEqual(
    document.layers.map(({ digest, size }) => [digest, size]),
    image.layers.map(({ digest, size }) => [digest, size]),
  );
});

test('a config gives platform, layers, build time and labels', () => {
  const image = smallImage([[{ path: 'a' }], [{ path: 'b' }]], {
    architecture: 'arm',
    variant: 'v6',
    created: '2024-05-06T07:08:09.123456789Z',
    labels: { maintainer: 'harbour' },
  });
  const config = parseConfig(image.blobs.get(image.imageId) ?? Buffer.alloc(0));
  assert.deepEqual(config.platform, { os: 'linux', architecture: 'arm', variant: 'v6' });
  assert.deepEqual(config.diffIds, image.diffIds);
  assert.equal(config.builtAt, Date.UTC(2024, 4, 6, 7, 8, 9, 123));
  assert.deepEqual(config.labels, { maintainer: 'harbour' });
});

test('an index leaves out attestations, artifacts and Docker schema 1', () => {
  const amd64 = smallImage([[{ path: 'a' }]], { architecture: 'amd64' });
  const index = buildIndex([amd64]);
  const real = JSON.parse((index.blobs.get(index.manifest.digest) ?? '').toString()) as {
    manifests: object[];
  };
  const document = parseTarget(
    bytes({
      mediaType: INDEX,
      manifests: [
        ...real.manifests,
        entry({ platform: { os: 'unknown', architecture: 'unknown' } }),
        entry({ annotations: { 'vnd.docker.reference.type': 'attestation-manifest' } }),
        entry({ mediaType: 'application/vnd.docker.distribution.manifest.v1+prettyjws' }),
        entry({ mediaType: 'application/vnd.example.artifact' }),
      ],
    }),
    INDEX,
  );
  assert.ok(document.kind === 'index');
  assert.deepEqual(
    document.manifests.map(({ digest, platform }) => [digest, platform]),
    [[amd64.manifest.digest, { os: 'linux', architecture: 'amd64' }]],
  );
});

test('what is no image says what it is', () => {
  const schema1 = parseTarget(
    Buffer.from('not even JSON'),
    'application/vnd.docker.distribution.manifest.v1+json',
  );
  assert.ok(schema1.kind === 'other');
  assert.match(schema1.what, /schema 1/);
  assert.equal(parseTarget(bytes({}), MANIFEST).kind, 'other');
});

test('a document that reads two ways is refused', () => {
  assert.throws(
    () => parseTarget(bytes({ manifests: [entry()], config: entry(), layers: [] }), INDEX),
    /both|once/,
  );
});

test('empty lists that Go writes as null are empty', () => {
  const document = parseTarget(bytes({ config: entry(), layers: null }), MANIFEST);
  assert.ok(document.kind === 'manifest');
  assert.deepEqual(document.layers, []);
  const config = parseConfig(
    bytes({ os: 'linux', rootfs: { type: 'layers', diff_ids: null }, config: null }),
  );
  assert.deepEqual(config.diffIds, []);
  assert.equal(config.chainId, undefined);
});

test('bad digests, sizes and shapes are refused', () => {
  const wrong = [
    { config: entry({ digest: 'sha256:..' }), layers: [] },
    { config: entry({ digest: `sha256:${'0'.repeat(63)}/` }), layers: [] },
    { config: entry({ size: -1 }), layers: [] },
    { config: entry({ size: 1e300 }), layers: [] },
    { manifests: {} },
    null,
  ];
  for (const document of wrong)
    assert.throws(() => parseTarget(bytes(document), MANIFEST), JSON.stringify(document));
  assert.throws(() => parseConfig(bytes({ rootfs: { type: 'layers', diff_ids: ['../../etc/passwd'] } })));
  assert.throws(() => parseConfig(bytes({})));
});

test("an image's labels are bounded", () => {
  const many = Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`label-${at}`, 'x']));
  const config = {
    rootfs: { type: 'layers', diff_ids: [] },
    config: { Labels: { long: 'x'.repeat(100_000), ...many } },
  };
  const { labels } = parseConfig(bytes(config));
  assert.equal(Object.keys(labels).length, 256);
  assert.equal(labels['long'], undefined);
});

test('any bytes give a document or an error', () => {
  const attempt = (content: Uint8Array) => {
    for (const parse of [() => parseTarget(content, MANIFEST), () => parseConfig(content)]) {
      try {
        assert.equal(typeof parse(), 'object');
      } catch (error) {
        assert.ok(error instanceof Error && error.name !== 'AssertionError', String(error));
      }
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), attempt));
  fc.assert(fc.property(fc.json(), (text) => attempt(Buffer.from(text))));
});
