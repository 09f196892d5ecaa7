import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compose, type MergeLayer } from '../../../core/compose.ts';
import { decodeLayerIndex, encodeLayerIndex } from '../../../core/layer-index.ts';
import type { LayerEntry } from '../../../core/layer.ts';

const DATABASE = 'var/lib/pacman/local';

/** So many packages of pacman's, a folder each. */
function layerOf(diffId: string, count: number): MergeLayer {
  const folders = Array.from({ length: count }, (_, at) => `${DATABASE}/${diffId}${at}-1`);
  const entries = ['var', 'var/lib', 'var/lib/pacman', DATABASE, ...folders].map((path): LayerEntry => ({
    path,
    kind: 'directory',
  }));
  entries.push(...folders.map((folder): LayerEntry => ({ path: `${folder}/desc`, kind: 'file' })));
  const facts = folders.map((folder, at) => ({
    path: `${folder}/desc`,
    status: 'found' as const,
    packages: [{ type: 'alpm' as const, name: `${diffId}${at}`, version: '1' }],
  }));
  return {
    index: decodeLayerIndex(diffId, encodeLayerIndex({ opaqueBlind: false, entries: () => entries })),
    facts: [{ diffId, cataloger: 'pacman', version: 1, facts }],
  };
}

/** CPU time in microseconds, of which a busy machine takes nothing away. */
function costOf(count: number): number {
  const layers = ['a', 'b'].map((diffId) => layerOf(diffId, count));
  const before = process.cpuUsage();
  assert.equal(compose(layers).visible.length, 2 * count);
  return process.cpuUsage(before).user;
}

test('many packages in files of their own cost as many times more, not the square of it', () => {
  costOf(500);
  assert.ok(costOf(12_000) < 18 * costOf(2000));
});
