import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startAgent, type Agent } from '../../agent/main.ts';
import { agentSettings } from '../../agent/settings.ts';
import { askForPlans } from '../../cli/fleet/cleanup/plan.ts';
import { followRollout, readRollout } from '../../cli/fleet/cleanup/follow.ts';
import type { FleetPlan, FleetReceipt, FleetRollout } from '../../cli/fleet/cleanup/views.ts';
import type { FleetNode } from '../../cli/fleet/views.ts';
import { Progress } from '../../cli/output/progress.ts';
import { DEFAULT_POLICY } from '../../core/cleanup/policy.ts';
import { rolloutCommandId } from '../../core/fleet-cleanup/rollout.ts';
import { resolveSettings } from '../../platform/config.ts';
import { createLogger } from '../../platform/logging.ts';
import { startContainerd, type TestContainerd } from '../support/containerd.ts';
import { postgresEvents } from '../support/fault-events.ts';
import { faultBench, type CollectorProgram, type FaultBench } from '../support/fault-programs.ts';
import { randomNumbers } from '../support/fleet.ts';
import { addImages } from '../support/fleet-images.ts';
import { needsPostgres, startPostgres, type PostgresServer } from '../support/postgres.ts';
import { needsCommands, needsRoot } from '../support/requirements.ts';
import { eventually } from '../support/system.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

// The collector that carries out a rollout is killed in the midst of it; another one over the same database goes on. The same
// seed kills at the same points: TALLYMAN_FAULT_SEED; TALLYMAN_FAULT_ROUNDS makes it longer.

const SEED = Number(process.env['TALLYMAN_FAULT_SEED'] ?? 1);
const ROUNDS = Number(process.env['TALLYMAN_FAULT_ROUNDS'] ?? 1);
const NODES = ['node-1', 'node-2', 'node-3'];
/** Images are on the nodes for a moment only, came from nowhere, and may go. */
const POLICY = { ...DEFAULT_POLICY, unusedForMs: 0, minimumAgeMs: 0, unpullable: true };
const IMAGES = 2;
/** Of a machine that is busy with other tests; a collector's lease lapses in it too. */
const PATIENCE_S = 150;

/** When the collector is killed: as soon as this is so, or a moment later. */
const POINTS: Readonly<Record<string, (rollout: FleetRollout) => boolean>> = {
  'as soon as it has begun': () => true,
  'while the first node is at it': ({ nodes }) => nodes.some(({ state }) => state === 'running'),
  'after the first node': ({ nodes }) => nodes.some(({ state }) => state === 'done'),
  'while the last node is at it': ({ nodes }) => nodes.every(({ state }) => state !== 'waiting'),
};

const skip = needsRoot() || needsCommands('containerd', 'ctr') || needsPostgres();

suite('cleanup of a fleet by two collectors over one PostgreSQL', { skip }, () => {
  const random = randomNumbers(SEED);
  const signal = AbortSignal.timeout(600_000);
  const logger = createLogger({ component: 'test', level: 'silent' });
  const engines = new Map<string, TestContainerd>();
  const agents: Agent[] = [];
  /** Between each agent and the collector that it lands on. */
  const doors: TcpProxy[] = [];
  let server: PostgresServer;
  let url: string;
  let bench: FaultBench;
  let collectors: readonly [CollectorProgram, CollectorProgram];
  const fleetImages = { engines, agents, patienceS: PATIENCE_S, added: 0 };

  before(async () => {
    server = await startPostgres();
    url = await server.database();
    bench = await faultBench(NODES);
    const flags = ['--store', url];
    collectors = [await bench.collector('a', flags), await bench.collector('b', flags)];
    for (const [at, node] of NODES.entries()) {
      engines.set(node, await startContainerd({ cri: false }));
      const door = await startTcpProxy(collectors[at === 1 ? 1 : 0].grpcPort);
      doors.push(door);
      agents.push(await agentOf(node, door.port));
    }
    for (const { api } of collectors) await connected(api);
  });

  after(async () => {
    for (const agent of agents) await agent.close();
    for (const door of doors) await door.close();
    await bench?.stop();
    for (const engine of engines.values()) await engine.stop();
    await server?.remove();
  });

  async function agentOf(node: string, port: number): Promise<Agent> {
    const { caFile, certFile, keyFile } = bench.tls(node).files;
    const settings = resolveSettings(agentSettings, {
      flags: {
        ...{ node, collector: `127.0.0.1:${port}`, stateDir: `${bench.folder}/${node}` },
        ...{ tlsCa: caFile, tlsCert: certFile, tlsKey: keyFile, metricsListen: '127.0.0.1:0' },
        ...{ containerdAddress: engines.get(node)?.address, dockerAddress: 'none' },
        ...{ cleanupRemoval: true, cleanupUnpullable: true, cleanupMinimumAge: '0s' },
      },
      env: {},
    });
    return await startAgent(settings, { logger, version: '0.0.0' });
  }

  async function connected(api: CollectorProgram['api']): Promise<void> {
    await eventually(
      () => api.all<FleetNode>('nodes'),
      (nodes) => nodes.filter(({ status }) => status === 'connected').length === NODES.length,
      PATIENCE_S,
    );
  }

  /** By which all images of every node go. */
  async function planned({ api }: CollectorProgram, id: string): Promise<FleetPlan> {
    let tries = 0;
    const plan = async (): Promise<FleetPlan> => {
      tries += 1;
      const request = { nodes: NODES, policy: POLICY, atOnce: 3, answerMs: PATIENCE_S * 1000 };
      const progress = new Progress({ terminalOnly: true });
      return await askForPlans(api, { id: `${id}-${tries}`, ...request }, progress, signal);
    };
    const isWhole = ({ nodes }: FleetPlan): boolean =>
      nodes.every((one) => one.kept === 0 && one.images === IMAGES);
    return await eventually(plan, isWhole, PATIENCE_S);
  }

  async function begin(
    { api }: CollectorProgram,
    { id: planId }: FleetPlan,
    id: string,
    pauseMs: number,
  ): Promise<void> {
    const settings = { pauseMs, atOnce: 1, answerMs: PATIENCE_S * 1000 };
    await api.send('POST', 'cleanup/rollouts', { id, planId, issuer: 'anna', settings });
  }

  function ask({ api }: CollectorProgram, id: string, what: 'stop' | 'continue'): Promise<FleetRollout> {
    return api.send<FleetRollout>('POST', `cleanup/rollouts/${id}/${what}`, { issuer: 'anna' });
  }

  /** Kills it; its agents land at the other. */
  async function kill(victim: CollectorProgram, survivor: CollectorProgram): Promise<void> {
    for (const door of doors) door.retarget(survivor.grpcPort);
    await victim.end('SIGKILL');
  }

  async function restart(victim: CollectorProgram): Promise<void> {
    await victim.start();
    await eventually(
      () => victim.api.get('summary'),
      () => true,
      PATIENCE_S,
    );
    const [door] = doors;
    door?.retarget(victim.grpcPort);
    door?.cut();
  }

  /** Every node did it once, and both collectors have all of it. */
  async function assertDoneOnce(plan: FleetPlan, id: string): Promise<void> {
    for (const { api } of collectors) {
      const done = await followRollout(api, id, new Progress({ terminalOnly: true }), signal);
      const states = done.nodes.map(({ state }) => state);
      assert.deepEqual([done.phase, ...states], ['done', 'done', 'done', 'done'], JSON.stringify(done));
      const planIds = new Set(plan.nodes.map(({ planId }) => planId));
      const receipts = await api.all<FleetReceipt>('cleanup/receipts');
      const runs = receipts.filter(({ planId }) => planIds.has(planId));
      assert.deepEqual(runs.map(({ node }) => node).toSorted(byName), NODES);
      for (const { items } of runs) assert.equal(items.length, IMAGES);
      assert.equal((await api.get<{ readonly kind: string }>('audit/verification')).kind, 'whole');
    }
    for (const node of NODES) {
      const command = rolloutCommandId(id, { kind: 'apply', node }, 0);
      const events = await postgresEvents(url, node);
      const results = events.filter(
        ({ body }) => body.kind === 'command-result' && body.commandId === command,
      );
      assert.equal(results.length, 1, `${node} told its result once`);
      assert.equal(await engines.get(node)?.ctr('images', 'list', '--quiet'), '');
    }
  }

  for (let round = 0; round < ROUNDS; round += 1) {
    const names = Object.keys(POINTS);
    const point = names[(SEED + round) % names.length] ?? '';
    const id = `killed-${round}`;
    test(`one is killed ${point}: the other goes on, and every node runs once (${id})`, async (context) => {
      const [driver, survivor] = random() < 0.5 ? collectors : collectors.toReversed();
      assert.ok(driver && survivor);
      await addImages(fleetImages, imageNames(id));
      const plan = await planned(driver, `plan-${id}`);
      await begin(driver, plan, id, Math.floor(random() * 1500));
      const reached = POINTS[point] ?? (() => true);
      await eventually(() => readRollout(driver.api, id), reached, PATIENCE_S);
      await sleep(random() * 300);
      await kill(driver, survivor);
      const begun = performance.now();
      await eventually(
        () => readRollout(survivor.api, id),
        ({ phase }) => phase === 'done',
        PATIENCE_S,
      );
      context.diagnostic(`the other was done after ${((performance.now() - begun) / 1000).toFixed(1)} s`);
      await restart(driver);
      await assertDoneOnce(plan, id);
    });
  }

  test('a rollout is stopped at one collector and goes on at the other, after the first was killed', async () => {
    const [driver, other] = collectors;
    await addImages(fleetImages, imageNames('stopped'));
    const plan = await planned(other, 'plan-stopped');
    await begin(driver, plan, 'r-stopped', 5000);
    const first = ({ nodes }: FleetRollout): boolean => nodes[0]?.state === 'done';
    await eventually(() => readRollout(driver.api, 'r-stopped'), first, PATIENCE_S);
    assert.equal((await ask(other, 'r-stopped', 'stop')).phase, 'stopped');
    await sleep(3000);
    for (const { api } of collectors) {
      const { phase, nodes } = await readRollout(api, 'r-stopped');
      assert.deepEqual([phase, nodes[2]?.state], ['stopped', 'waiting']);
    }
    await kill(other, driver);
    await ask(driver, 'r-stopped', 'continue');
    await eventually(
      () => readRollout(driver.api, 'r-stopped'),
      ({ phase }) => phase === 'done',
      PATIENCE_S,
    );
    await restart(other);
    await assertDoneOnce(plan, 'r-stopped');
  });
});

function byName(a: string, b: string): number {
  return a < b ? -1 : 1;
}

function imageNames(round: string): string[] {
  return Array.from({ length: IMAGES }, (_, at) => `${round}-${at}`);
}
