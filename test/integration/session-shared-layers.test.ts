import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Runtime } from '../../agent/runtimes/runtime.ts';
import { systemClock } from '../../agent/state/clock.ts';
import { openState } from '../../agent/state/state.ts';
import { contentSupply } from '../../agent/tasks/content-supply.ts';
import { FleetScanner } from '../../agent/tasks/fleet-scanner.ts';
import { ImageScanner } from '../../agent/tasks/image-scanner.ts';
import { forgetUnused } from '../../agent/tasks/remembering.ts';
import { scanMemory } from '../../agent/tasks/scan-memory.ts';
import { ScanQueue } from '../../agent/tasks/scan-queue.ts';
import type { Uplink } from '../../agent/uplink/uplink.ts';
import type { Image } from '../../core/inventory.ts';
import type { DiffId } from '../../core/layer.ts';
import { compressJson } from '../../platform/compression.ts';
import { sessionBench, Supply, until, type SessionBench } from '../support/session-bench.ts';

const signal = AbortSignal.timeout(600_000);
const CATALOGERS = [{ id: 'dpkg', version: 1 }];
const [BASE, APP, TOP] = ['1', '2', '3'].map((end) => `sha256:${end.padStart(64, '0')}`) as [
  DiffId,
  DiffId,
  DiffId,
];
const LEASE = { leaseMs: 60_000, retryContentMs: 40 };

let bench: SessionBench;

beforeEach(async () => {
  bench = await sessionBench();
});

afterEach(() => bench.stop());

function imageOf(...diffIds: readonly DiffId[]): Image {
  return {
    imageId: `sha256:image-${diffIds.length}`,
    names: [],
    manifestDigests: [],
    os: 'linux',
    architecture: 'amd64',
    diffIds,
    sizeBytes: 1,
    labels: {},
    pinned: false,
  };
}

interface Node {
  readonly uplink: Uplink;
  readonly queue: ScanQueue;
  /** Each layer that was read, as often as it was. */
  readonly read: DiffId[];
  /** Looks at the images again and again, whenever one is due, so often or until all are read. */
  rounds(most: number): Promise<void>;
}

/** A node as an agent has it, of which only the layers and what merging them gives are made up. */
function nodeWith(port: number, images: readonly Image[]): Node {
  const folder = mkdtempSync(join(tmpdir(), 'tallyman-shared-'));
  const state = openState(folder, { clock: systemClock(), outbox: { maxBytes: 1 << 20, dropFirst: [] } });
  bench.onStop(() => {
    state.close();
    return Promise.resolve(rmSync(folder, { recursive: true }));
  });
  const uplink = bench.agent(port, { content: contentSupply(state, CATALOGERS) });
  const read: DiffId[] = [];
  const scanner = new ImageScanner({
    catalogers: CATALOGERS,
    memory: scanMemory(state),
    readLayer({ diffId }) {
      read.push(diffId);
      const about = { entryCount: 0, opaqueBlind: false };
      const facts = { diffId, cataloger: 'dpkg', version: 1, facts: [] };
      return Promise.resolve([
        () => state.layers.putIndex(diffId, new Uint8Array(), about),
        () => state.layers.putFacts(facts),
      ]);
    },
    merging: {
      compose(layers) {
        const diffIds = layers.map(({ diffId }) => diffId);
        const nothing = { visible: [], owned: [], introduced: [], deletedDatabases: [] };
        return Promise.resolve(compressJson({ diffIds, ...nothing, opaqueBlind: false }));
      },
      prepare: () => undefined,
    },
  });
  const queue: ScanQueue = new ScanQueue({
    scanner: new FleetScanner({
      images: scanner,
      ask: (names, given) => uplink.askContent(names, given),
      decline: (wanted, why) => uplink.declineContent(wanted, why),
      paced: (run) => run(),
      isPaused: () => false,
      random: Math.random,
    }),
    runtimes: () => [RUNTIME],
    mayScan: (given) => uplink.creditAvailable(given),
    scanned: () => uplink.offerContent(queue.content(images)),
    now: () => performance.now(),
  });
  queue.setImages(images);
  async function rounds(most: number): Promise<void> {
    for (let round = 0; round < most; round += 1) {
      await queue.run(signal);
      forgetUnused(state, images, queue.compositions());
      const dueIn = queue.dueIn();
      if (dueIn === undefined) return;
      await sleep(dueIn);
    }
  }
  uplink.start();
  return { uplink, queue, read, rounds };
}

const RUNTIME = {
  id: 'containerd',
  withLayers: ({ diffIds }: Image, _signal: AbortSignal, use: (layers: readonly unknown[]) => unknown) =>
    use(diffIds.map((diffId) => ({ diffId }))),
} as unknown as Runtime;

/** Another node, which has the lease of the base layer. */
async function reader(port: number): Promise<Uplink> {
  const content = new Supply();
  const facts = [{ diffId: BASE, cataloger: 'dpkg', version: 1, facts: [] }];
  content.items.set(BASE, { kind: 'layer-facts', facts });
  const uplink = bench.agent(port, { node: 'node-2', content });
  uplink.start();
  const answer = await uplink.askContent([{ kind: 'layer-facts', key: BASE }], signal);
  assert.equal(answer?.wanted.length, 1);
  return uplink;
}

test('while another node reads a shared base, the layers above it are read once, and it once for merging', async () => {
  const { port } = await bench.collect({ timing: LEASE });
  const other = await reader(port);
  const images = [imageOf(BASE, APP), imageOf(BASE, APP, TOP)];
  const node = nodeWith(port, images);
  await node.rounds(5);
  assert.deepEqual(node.read, [APP, TOP]);
  assert.deepEqual(
    images.map((image) => node.queue.stateOf(image)),
    [undefined, undefined],
  );
  other.offerContent([{ kind: 'layer-facts', key: BASE }]);
  await until('it is stored', () => bench.store.facts.size === 3);
  await node.rounds(1000);
  assert.ok(images.every((image) => 'composition' in (node.queue.stateOf(image) ?? {})));
  assert.deepEqual(node.read, [APP, TOP, BASE]);
  await until('all is stored', () => bench.store.compositions.size === 2);
});

test('when that other node goes away nothing is read a second time either', async () => {
  const { port } = await bench.collect({ timing: LEASE });
  const other = await reader(port);
  const node = nodeWith(port, [imageOf(BASE, APP)]);
  await node.rounds(2);
  await other.close(0);
  await node.rounds(1000);
  assert.deepEqual(node.read, [APP, BASE]);
});

test('nor when the session breaks in between', async () => {
  const collector = await bench.collect({ timing: LEASE });
  const other = await reader(collector.port);
  const node = nodeWith(collector.port, [imageOf(BASE, APP)]);
  await node.rounds(2);
  await collector.ingest.close();
  const again = await bench.collect({
    timing: LEASE,
    listen: { host: '127.0.0.1', port: collector.port },
  });
  assert.equal(again.port, collector.port);
  other.offerContent([{ kind: 'layer-facts', key: BASE }]);
  await node.rounds(1000);
  assert.deepEqual(node.read, [APP, BASE]);
});
