import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LayerError } from '../../../../agent/layers/layer-error.ts';
import type { Runtime } from '../../../../agent/runtimes/runtime.ts';
import { ImageScanner, type ScanOutcome } from '../../../../agent/tasks/image-scanner.ts';
import type { Image } from '../../../../core/inventory.ts';

const signal = new AbortController().signal;
const DIFF_IDS = Array.from({ length: 12 }, (_, at) => `sha256:${at}`);
const IMAGE: Image = {
  imageId: 'sha256:image',
  names: [],
  manifestDigests: [],
  os: 'linux',
  architecture: 'amd64',
  diffIds: DIFF_IDS,
  sizeBytes: 1,
  labels: {},
  pinned: false,
};

/** A scanner whose stores and thread note what they are asked to do, and the turns of the event loop between. */
function scanningOf(compose: () => Promise<Uint8Array>): {
  scan: () => Promise<ScanOutcome>;
  done: string[];
} {
  const done: string[] = [];
  const kept = new Set<string>();
  const runtime = {
    id: 'containerd',
    withLayers: (_image: Image, _signal: AbortSignal, use: (layers: readonly unknown[]) => unknown) =>
      use(DIFF_IDS.map((diffId) => ({ diffId }))),
  } as unknown as Runtime;
  const scanner = new ImageScanner({
    catalogers: [{ id: 'npm', version: 1 }],
    memory: {
      missing: (diffId, catalogers) => (kept.has(diffId) ? [] : catalogers),
      stored(diffId) {
        done.push('fetched');
        return { diffId, index: new Uint8Array(), facts: [] };
      },
      drop: (diffId) => void kept.delete(diffId),
      hasComposition: () => false,
      putComposition: () => undefined,
    },
    readLayer: ({ diffId }) =>
      Promise.resolve([
        () => {
          done.push('stored');
          kept.add(diffId);
        },
      ]),
    merging: { compose, prepare: () => undefined },
  });
  const scan = async (): Promise<ScanOutcome> => {
    let next = setImmediate(note);
    function note(): void {
      done.push('turn');
      next = setImmediate(note);
    }
    return scanner.scan(IMAGE, [runtime], signal).finally(() => clearImmediate(next));
  };
  return { done, scan };
}

test('the event loop has its turn after every layer that is stored or fetched', async () => {
  const { scan, done } = scanningOf(() => Promise.resolve(new Uint8Array()));
  const outcome = await scan();
  assert.deepEqual([outcome.kind, done.filter((one) => one !== 'turn').length], ['scanned', 24]);
  const together = done.join(' ').split('turn');
  const most = Math.max(...together.map((slice) => slice.split(' ').filter(Boolean).length));
  assert.equal(most, 1);
});

test('layers of which something is damaged are read anew at the next try', async () => {
  let tries = 0;
  const damaged = new LayerError('malformed', 'it is damaged');
  const { scan, done } = scanningOf(() => {
    tries += 1;
    return tries === 1 ? Promise.reject(damaged) : Promise.resolve(new Uint8Array());
  });
  assert.deepEqual(await scan(), { kind: 'failed', message: 'it is damaged' });
  assert.equal((await scan()).kind, 'scanned');
  assert.equal(done.filter((one) => one === 'stored').length, 24);
});
