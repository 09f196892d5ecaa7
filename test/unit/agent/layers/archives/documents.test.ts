import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  parseConfig,
  parseDockerManifest,
  parseManifest,
} from '../../../../../agent/layers/archives/documents.ts';
import { LayerError } from '../../../../../agent/layers/layer-error.ts';

const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

const anything = fc.jsonValue({ maxDepth: 4 });
const digest = fc.oneof(
  fc.constantFrom(`sha256:${'0'.repeat(64)}`, `sha512:${'f'.repeat(128)}`, `sha256:${'0'.repeat(63)}`),
  fc.string(),
);
const descriptor = fc.record(
  {
    mediaType: fc.oneof(fc.string(), anything),
    digest: fc.oneof({ weight: 4, arbitrary: digest }, { weight: 1, arbitrary: anything }),
    size: fc.oneof(fc.integer(), fc.double(), anything),
    platform: fc.oneof(fc.record({ os: fc.string(), architecture: fc.string() }), anything),
    annotations: fc.oneof(fc.dictionary(fc.string(), anything), anything),
  },
  { requiredKeys: [] },
);
const descriptors = fc.oneof(fc.array(descriptor, { maxLength: 3 }), anything);
const documents = fc.oneof(
  fc.record(
    { manifests: descriptors, config: fc.oneof(descriptor, anything), layers: descriptors },
    { requiredKeys: [] },
  ),
  fc.record(
    {
      os: anything,
      architecture: anything,
      created: fc.oneof(fc.string(), anything),
      config: fc.oneof(
        fc.record({ Labels: fc.dictionary(fc.string(), fc.oneof(fc.string(), anything)) }),
        anything,
      ),
      rootfs: fc.oneof(
        fc.record({
          type: fc.constantFrom('layers', 'other'),
          diff_ids: fc.oneof(fc.array(digest), anything),
        }),
        anything,
      ),
    },
    { requiredKeys: [] },
  ),
  fc.array(
    fc.record(
      {
        Config: fc.oneof(fc.string(), anything),
        RepoTags: fc.oneof(fc.array(fc.string()), anything),
        Layers: fc.oneof(fc.array(fc.string()), anything),
      },
      { requiredKeys: [] },
    ),
    { maxLength: 3 },
  ),
  anything,
);
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((all) => Buffer.from(all)),
  documents.map((value) => Buffer.from(JSON.stringify(value))),
);

/** What it gives, or undefined where it refuses. */
function resultOf<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    assert.ok(error instanceof LayerError, String(error));
    assert.equal(error.code, 'not-an-image');
    assert.match(error.message, /^it /);
    assert.ok(error.message.length < 1000, error.message);
    return undefined;
  }
}

test('any bytes are an index or a manifest of sound descriptors, or refused', () => {
  fc.assert(
    fc.property(bytes, (given) => {
      const manifest = resultOf(() => parseManifest(given, 'it'));
      if (manifest === undefined) return;
      const all = manifest.kind === 'index' ? manifest.manifests : [manifest.config, ...manifest.layers];
      for (const { digest: one, size } of all) {
        assert.match(one, DIGEST);
        assert.ok(Number.isSafeInteger(size) && size >= 0);
      }
    }),
    { numRuns: 3000 },
  );
});

test('any bytes are a config with sound diff IDs, or refused', () => {
  fc.assert(
    fc.property(bytes, (given) => {
      const config = resultOf(() => parseConfig(given, 'it'));
      if (config === undefined) return;
      assert.match(config.imageId, DIGEST);
      for (const one of config.diffIds) assert.match(one, DIGEST);
      for (const value of Object.values(config.labels)) assert.equal(typeof value, 'string');
      assert.ok(config.builtAt === undefined || Number.isFinite(config.builtAt));
    }),
    { numRuns: 3000 },
  );
});

test("any bytes are docker save's manifest, or refused", () => {
  fc.assert(
    fc.property(bytes, (given) => {
      for (const { Config, RepoTags, Layers } of resultOf(() => parseDockerManifest(given, 'it')) ?? []) {
        assert.equal(typeof Config, 'string');
        for (const text of [...(RepoTags ?? []), ...(Layers ?? [])]) assert.equal(typeof text, 'string');
      }
    }),
    { numRuns: 3000 },
  );
});

test('documents nested without end are refused', () => {
  for (const nested of [
    '['.repeat(1 << 20),
    '{"manifests":'.repeat(1 << 18),
    '['.repeat(1e5) + ']'.repeat(1e5),
  ]) {
    for (const parse of [parseManifest, parseConfig, parseDockerManifest])
      assert.equal(
        resultOf(() => parse(Buffer.from(nested), 'it')),
        undefined,
      );
  }
});
