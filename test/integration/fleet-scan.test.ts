import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, afterEach, before, beforeEach, suite, test } from 'node:test';
import { startAgent, type Agent } from '../../agent/main.ts';
import { agentSettings } from '../../agent/settings.ts';
import { ociArchive } from '../../cli/demo/oci-image.ts';
import type { NodeImage, NodePackage } from '../../cli/up/views.ts';
import { resolveSettings } from '../../platform/config.ts';
import { createLogger } from '../../platform/logging.ts';
import { startContainerd, type TestContainerd } from '../support/containerd.ts';
import { faultBench, type CollectorProgram, type FaultBench } from '../support/fault-programs.ts';
import { needsRoot } from '../support/requirements.ts';
import { smallImage } from '../support/small-images.ts';
import { eventually } from '../support/system.ts';

const NODES = ['node-1', 'node-2'] as const;
type Node = (typeof NODES)[number];
const IMAGES = 4;
/** However busy the machine is. An image that another node is at is asked for again after 5 to 7.5 seconds. */
const PATIENCE_S = 150;

suite('agents of one fleet that hold the same images', { skip: needsRoot() }, () => {
  let engine: TestContainerd;
  let bench: FaultBench;
  let collector: CollectorProgram;
  const agents = new Map<Node, Agent>();

  before(async () => {
    engine = await startContainerd({ cri: false });
    await engine.importArchive(ociArchive(Array.from({ length: IMAGES }, (_, at) => imageOf(`app-${at}`))));
  });
  after(() => engine?.stop());
  beforeEach(async () => {
    bench = await faultBench(NODES);
    collector = await bench.collector('collector', ['--verify-share', '0']);
  });
  afterEach(async () => {
    for (const agent of agents.values()) await agent.close();
    agents.clear();
    await bench?.stop();
  });

  async function start(node: Node, { grpcPort } = collector): Promise<void> {
    const { caFile, certFile, keyFile } = bench.tls(node).files;
    const settings = resolveSettings(agentSettings, {
      flags: {
        ...{ node, collector: `127.0.0.1:${grpcPort}`, stateDir: join(bench.folder, node) },
        ...{ tlsCa: caFile, tlsCert: certFile, tlsKey: keyFile, metricsListen: '127.0.0.1:0' },
        ...{ containerdAddress: engine.address, dockerAddress: 'none' },
        ...{ scanMemoryPressure: '100', scanIoPressure: '100', scanCpu: '1' },
      },
      env: {},
    });
    agents.set(node, await startAgent(settings, { logger, version: '0.0.0' }));
  }

  async function close(node: Node): Promise<void> {
    await agents.get(node)?.close();
    agents.delete(node);
  }

  /** A counter of an agent, summed over those labels that are not named. */
  async function metric(node: Node, name: string): Promise<number> {
    const text = await (await fetch(`http://${agents.get(node)?.metricsAddress}/metrics`)).text();
    const samples = text.split('\n').filter((line) => line.startsWith(name));
    return samples.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  const layersRead = (node: Node): Promise<number> => metric(node, 'tallyman_agent_layers_read_total');
  const looked = (node: Node, outcome = ''): Promise<number> =>
    metric(node, `tallyman_agent_images_scanned_total${outcome && `{outcome="${outcome}"}`}`);

  /** Purls of a node, once it is said of all its images what is in them. */
  async function packages(node: Node, { api } = collector): Promise<string[]> {
    await eventually(
      () => api.all<NodeImage>(`nodes/${node}/images`),
      (images) => images.length === IMAGES && images.every((image) => image.packages === 2),
      PATIENCE_S,
    );
    return (await api.all<NodePackage>(`nodes/${node}/packages`)).map(({ purl }) => purl);
  }

  /** How much the collector wants of a node, now. */
  function leasesOf(node: Node): number {
    const database = new DatabaseSync(join(collector.dataDir, 'tallyman.db'), { readOnly: true });
    try {
      const row = database
        .prepare('SELECT count(*) AS count FROM content_leases WHERE node = ? AND lapses_at > ?')
        .get(node, Date.now());
      return Number(row?.['count']);
    } finally {
      database.close();
    }
  }

  const ALL = ['base', ...Array.from({ length: IMAGES }, (_, at) => `app-${at}`)]
    .map((name) => `pkg:npm/${name}@1.2.3`)
    .toSorted();

  test('one that comes later reads nothing, and has all packages', async (context) => {
    await start('node-1');
    assert.deepEqual(await packages('node-1'), ALL);
    await start('node-2');
    await eventually(
      () => looked('node-2'),
      (count) => count === IMAGES,
    );
    assert.deepEqual(await packages('node-2'), ALL);
    assert.equal(await looked('node-2', 'held'), IMAGES);
    assert.equal(await layersRead('node-2'), 0);
    context.diagnostic(
      `layers read: ${await layersRead('node-1')} by the first, ${await layersRead('node-2')} by the second`,
    );
  });

  test('both at once: each image is scanned by one of them', async (context) => {
    await Promise.all(NODES.map((node) => start(node)));
    for (const node of NODES) {
      await eventually(
        () => looked(node),
        (count) => count === IMAGES,
        PATIENCE_S,
      );
      assert.deepEqual(await packages(node), ALL);
    }
    const scanned = await Promise.all(NODES.map((node) => looked(node, 'scanned')));
    context.diagnostic(`images scanned: ${scanned.join(' and ')} of ${IMAGES} on each node`);
    assert.equal(
      scanned.reduce((sum, one) => sum + one, 0),
      IMAGES,
    );
  });

  test('one that is to compare reads the layers alone', async () => {
    const comparing = await bench.collector('comparing', ['--verify-share', '1']);
    await start('node-1', comparing);
    await packages('node-1', comparing);
    await start('node-2', comparing);
    await eventually(
      () => comparing.api.all<{ readonly layer: string }>('verification'),
      (compared) => compared.length === IMAGES + 1,
      PATIENCE_S,
    );
    assert.equal(await layersRead('node-2'), IMAGES + 1);
    assert.equal(await looked('node-2', 'held'), IMAGES);
  });

  test('a collector that lost its store is supplied by one that had read nothing', async () => {
    await start('node-1');
    await packages('node-1');
    await start('node-2');
    await eventually(
      () => looked('node-2', 'held'),
      (count) => count === IMAGES,
    );
    await close('node-1');
    await collector.end('SIGKILL');
    for (const end of ['', '-wal', '-shm']) {
      rmSync(join(collector.dataDir, `tallyman.db${end}`), { force: true });
    }
    await eventually(
      async () => {
        // Its port may be taken for a moment, by a client that looks for it.
        if (!collector.isAlive) await collector.start();
        return await collector.api.all('nodes');
      },
      () => true,
      PATIENCE_S,
    );
    assert.deepEqual(await packages('node-2'), ALL);
    assert.equal(await layersRead('node-2'), IMAGES + 1);
  });

  test('one that is killed while it reads is followed by another', async () => {
    // The others are known, so that it is the large one that is asked of the first.
    await start('node-2');
    await packages('node-2');
    await close('node-2');
    // So little of the processor that it is at that image for minutes.
    const slow = bench.agent('slow', collector.grpcPort, [
      ...bench.asNode('node-1'),
      ...['--containerd-address', engine.address, '--scan-cpu', '0.01'],
    ]);
    const large = imageOf('large', 4000);
    await engine.importArchive(ociArchive([large]));
    try {
      await slow.start();
      await eventually(
        async () => leasesOf('node-1'),
        (count) => count > 0,
        PATIENCE_S,
      );
      await start('node-2');
      await eventually(
        () => looked('node-2'),
        (count) => count === IMAGES,
        PATIENCE_S,
      );
      assert.ok(leasesOf('node-1') > 0, 'the first is still at it');
      const before = await looked('node-2', 'scanned');
      await slow.end('SIGKILL');
      await eventually(
        () => looked('node-2'),
        (count) => count === IMAGES + 1,
        PATIENCE_S,
      );
      assert.equal(await looked('node-2', 'scanned'), before + 1);
      await eventually(
        () => collector.api.all<NodePackage>('nodes/node-2/packages'),
        (known) => known.length === ALL.length + 1,
        PATIENCE_S,
      );
    } finally {
      await engine.ctr('images', 'remove', ...large.names);
    }
  });
});

const logger = createLogger({ component: 'test', level: 'silent' });

/** An image with a layer that all have and one of its own, each with one package, and so many files more that are looked into. */
function imageOf(name: string, files = 0): Parameters<typeof ociArchive>[0][number] {
  const image = smallImage([
    [manifestOf('base')],
    [
      manifestOf(name),
      ...Array.from({ length: files }, (_, at) => ({
        path: `srv/files/${at}/package.json`,
        content: `{"private": ${at}}`,
      })),
    ],
  ]);
  return { image, names: [`localhost/${name}:1`] };
}

function manifestOf(name: string): { readonly path: string; readonly content: string } {
  return {
    path: `srv/node_modules/${name}/package.json`,
    content: JSON.stringify({ name, version: '1.2.3' }),
  };
}
