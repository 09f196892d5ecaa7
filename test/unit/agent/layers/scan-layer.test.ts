import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dpkg } from '../../../../agent/catalogers/dpkg/index.ts';
import type { LayerSource } from '../../../../agent/layers/layer-source.ts';
import { scanLayer } from '../../../../agent/layers/scan-layer.ts';
import { layerIndexBuilder } from '../../../../core/layer-index.ts';
import { bufferFile } from '../../../support/layer-file.ts';

const PATH = 'var/lib/dpkg/status';
const PARAGRAPH = 'Package: a\nStatus: install ok installed\nVersion: 1\n\n';

/** A layer of one file, which is handed over so many times. */
function sourceOf(content: string, times = 1): LayerSource {
  const index = layerIndexBuilder();
  index.add(PATH, 'file');
  return {
    scan(wanted, onFile) {
      for (let time = 0; time < times; time += 1) onFile(bufferFile(PATH, content), wanted.byName(PATH));
      return Promise.resolve({ index: index.finish(false), problems: [], superseded: [] });
    },
    read: () => Promise.resolve(),
  };
}

test('a large file stops at the gate between its pieces, not before it alone', async () => {
  let passed = 0;
  const passage = { pass: () => void (passed += 1), waitedMs: 0 };
  const content = PARAGRAPH.repeat((2 << 20) / PARAGRAPH.length);
  const { facts } = await scanLayer(sourceOf(content), 'sha256:x', [dpkg], { passage });
  assert.ok((facts[0]?.facts[0]?.packages?.length ?? 0) > 1000);
  assert.ok(passed > 2, `${passed} times`);
});

test('a file that comes again and again takes the room of one', async () => {
  const { facts } = await scanLayer(sourceOf(PARAGRAPH.repeat(10_000), 20), 'sha256:x', [dpkg]);
  assert.equal(facts[0]?.facts[0]?.truncated, undefined);
  assert.equal(facts[0]?.facts[0]?.packages?.length, 10_000);
});
