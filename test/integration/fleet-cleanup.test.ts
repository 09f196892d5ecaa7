import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, suite, test } from 'node:test';
import { ApiClient } from '../../cli/api-client.ts';
import { followRollout } from '../../cli/fleet/cleanup/follow.ts';
import { askForPlans, nodePlans } from '../../cli/fleet/cleanup/plan.ts';
import {
  checkPlans,
  readSignKey,
  signApplies,
  signUndos,
  type Signer,
} from '../../cli/fleet/cleanup/sign.ts';
import type { FleetPlan, FleetReceipt, FleetRollout } from '../../cli/fleet/cleanup/views.ts';
import type { FleetNode } from '../../cli/fleet/views.ts';
import { Progress } from '../../cli/output/progress.ts';
import { startAgent, type Agent } from '../../agent/main.ts';
import { agentSettings } from '../../agent/settings.ts';
import { DEFAULT_POLICY } from '../../core/cleanup/policy.ts';
import { resolveSettings } from '../../platform/config.ts';
import { createLogger } from '../../platform/logging.ts';
import { createDevelopmentCertificates } from '../../platform/certificates.ts';
import { startTallyman, tallyman, type CliRun } from '../support/cli.ts';
import { startContainerd, type TestContainerd } from '../support/containerd.ts';
import { addImages } from '../support/fleet-images.ts';
import { freePorts } from '../support/free-port.ts';
import { needsCommands, needsRoot } from '../support/requirements.ts';
import { eventually } from '../support/system.ts';

const skip = needsRoot() || needsCommands('containerd', 'ctr');
const NODES = ['node-1', 'node-2', 'node-3'];
/** Images are on the nodes for a moment only, came from nowhere, and may go. */
const ANY_IMAGE = ['--unused-for', '0s', '--minimum-age', '0s', '--unpullable'];
const POLICY = { ...DEFAULT_POLICY, unusedForMs: 0, minimumAgeMs: 0, unpullable: true };
/** Of a machine that is busy with other tests. */
const PATIENCE_S = 120;

type Child = ReturnType<typeof startTallyman>;

suite('cleanup of a fleet: a collector in a process of its own and three agents', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tallyman-fleet-'));
  const engines = new Map<string, TestContainerd>();
  const children = new Set<Child>();
  const agents: Agent[] = [];
  const signal = AbortSignal.timeout(600_000);
  let collector: { readonly child: Child; readonly grpc: string; readonly http: string };
  let key = '';
  const fleetImages = { engines, agents, patienceS: PATIENCE_S, added: 0 };

  before(async () => {
    await createDevelopmentCertificates(folder, { nodes: NODES, serverNames: ['127.0.0.1'] });
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    key = join(folder, 'anna.key');
    writeFileSync(key, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    writeFileSync(join(folder, 'anna.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
    const started = NODES.map(async (node) => engines.set(node, await startContainerd({ cri: false })));
    const [grpc = 0, http = 0] = await freePorts(2);
    collector = await startCollector(`127.0.0.1:${grpc}`, `127.0.0.1:${http}`);
    await Promise.all(started);
    for (const node of NODES) await addAgent(node);
    await connected();
  });

  after(async () => {
    for (const agent of agents) await agent.close();
    for (const child of children) await ended(child, 'SIGTERM');
    for (const engine of engines.values()) await engine.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function launched(args: readonly string[]): Child {
    const child = startTallyman(args);
    children.add(child);
    void once(child, 'close').then(() => children.delete(child));
    return child;
  }

  async function ended(child: Child, signal: NodeJS.Signals): Promise<void> {
    if (!children.has(child)) return;
    const closed = once(child, 'close');
    child.kill(signal);
    await closed;
  }

  function tls(name: string): string[] {
    const file = (suffix: string): string => join(folder, `${name}.${suffix}`);
    return ['--tls-ca', join(folder, 'ca.crt'), '--tls-cert', file('crt'), '--tls-key', file('key')];
  }

  async function startCollector(grpcListen: string, httpListen: string): Promise<typeof collector> {
    const listen = ['--grpc-listen', grpcListen, '--http-listen', httpListen];
    const data = ['--data-dir', join(folder, 'collector'), '--beat-interval', '1s'];
    const child = launched(['collector', ...listen, ...data, ...tls('collector')]);
    for await (const line of createInterface({ input: child.stderr })) {
      const { message, grpc, http } = JSON.parse(line) as Record<string, string>;
      if (message !== 'collector is ready') continue;
      child.stderr.resume();
      return { child, grpc: grpc ?? '', http: http ?? '' };
    }
    throw new Error('the collector ended');
  }

  async function addAgent(node: string): Promise<void> {
    const file = (name: string): string => join(folder, name);
    const settings = resolveSettings(agentSettings, {
      flags: {
        ...{ node, collector: collector.grpc, stateDir: file(node) },
        ...{ tlsCa: file('ca.crt'), tlsCert: file(`${node}.crt`), tlsKey: file(`${node}.key`) },
        ...{ containerdAddress: engines.get(node)?.address, dockerAddress: 'none' },
        ...{ trustedKeys: file('anna.pub'), cleanupRemoval: true, cleanupUnpullable: true },
        ...{ cleanupMinimumAge: '0s', metricsListen: '127.0.0.1:0' },
      },
      env: {},
    });
    const logger = createLogger({ component: 'test', level: 'silent' });
    agents.push(await startAgent(settings, { logger, version: '0.0.0' }));
  }

  function api(): ApiClient {
    return new ApiClient(`http://${collector.http}`);
  }

  async function connected(): Promise<void> {
    await eventually(
      () => api().all<FleetNode>('nodes'),
      (nodes) => nodes.filter(({ status }) => status === 'connected').length === NODES.length,
      PATIENCE_S,
    );
  }

  async function fleet(...args: readonly string[]): Promise<CliRun> {
    return await tallyman(['fleet', ...args], { env: { TALLYMAN_API: `http://${collector.http}` } });
  }

  async function listed(node: string): Promise<string[]> {
    const list = (await engines.get(node)?.ctr('images', 'list', '--quiet')) ?? '';
    return list.split('\n').filter(Boolean);
  }

  /** A plan by which all of so many images go, on every node: one whose layers are being read is in use, and stays. */
  async function planned(id: string, images: number): Promise<FleetPlan> {
    let tries = 0;
    const plan = async (): Promise<FleetPlan> => {
      tries += 1;
      const request = { nodes: ['node-*'], policy: POLICY, atOnce: 2, answerMs: PATIENCE_S * 1000 };
      const progress = new Progress({ terminalOnly: true });
      return await askForPlans(api(), { id: `${id}-${tries}`, ...request }, progress, signal);
    };
    const isWhole = ({ nodes }: FleetPlan): boolean =>
      nodes.every((one) => one.kept === 0 && (one.images ?? 0) >= images);
    const whole = await eventually(plan, isWhole, PATIENCE_S);
    assert.deepEqual(
      whole.nodes.map(({ node, state }) => [node, state]),
      NODES.map((node) => [node, 'planned']),
    );
    return whole;
  }

  function signer(): Signer {
    return { key: readSignKey(key), now: Date.now(), forMs: 3_600_000 };
  }

  async function begun(plan: FleetPlan, id: string, settings: object): Promise<FleetRollout> {
    checkPlans(plan, await nodePlans(api(), plan));
    const commands = signApplies(plan, id, signer());
    const body = { id, planId: plan.id, issuer: 'anna', settings, commands };
    return await api().send<FleetRollout>('POST', 'cleanup/rollouts', body);
  }

  async function watched(id: string): Promise<FleetRollout> {
    return await followRollout(api(), id, new Progress({ terminalOnly: true }), signal);
  }

  async function history(): Promise<readonly FleetReceipt[]> {
    return await api().all<FleetReceipt>('cleanup/receipts');
  }

  function states({ nodes }: FleetRollout): string[] {
    return nodes.map(({ state }) => state);
  }

  test('the commands: planned, signed, carried out one after the other, and brought back whole', async () => {
    await addImages(fleetImages, ['a', 'b']);
    await planned('looked-at', 2);
    const plan = await fleet('cleanup', 'plan', '--nodes', 'node-*', '--details', ...ANY_IMAGE);
    assert.equal(plan.code, 0, plan.stderr);
    assert.match(
      plan.stdout,
      /^NODE +PLAN +TO GO +TO STAY +FREES +WHY NOT\nnode-1 +planned +2 +0 +[\d.]+ KiB\n/,
    );
    assert.match(plan.stdout, /\nNode node-2\nIMAGE +ID .*\nlocalhost\/[ab]:1 .* yes +remove: never used in/);
    assert.match(
      plan.stdout,
      /\n6 images on 3 nodes would go and free .*\nDo it: tallyman fleet cleanup apply /,
    );
    const planId = plan.stdout.trim().split(' ').at(-1) ?? '';

    const args = ['apply', planId, '--pause', '0s', '--watch', '--format', 'json', '--sign-key', key];
    const applied = await fleet('cleanup', ...args);
    assert.equal(applied.code, 0, applied.stderr);
    assert.match(applied.stderr, /\ntallyman: 3 plans checked and signed\n/);
    const rollout = JSON.parse(applied.stdout) as FleetRollout;
    assert.deepEqual([rollout.phase, ...states(rollout)], ['done', 'done', 'done', 'done']);
    for (const node of NODES) assert.deepEqual(await listed(node), []);
    const runs = await history();
    assert.equal(runs.length, 3);
    for (const { issuer, items } of runs) {
      assert.match(issuer, /^anna, by command rollout-/);
      assert.equal(items.length, 2);
    }
    const commands = signUndos(rollout, signer());
    await api().send('POST', `cleanup/rollouts/${rollout.id}/undo`, { issuer: 'anna', commands });
    const undone = await watched(rollout.id);
    assert.equal(undone.phase, 'undone', JSON.stringify(undone));
    for (const node of NODES) assert.equal((await listed(node)).length, 2);
  });

  test('where nodes trust keys, the collector alone can order nothing', async () => {
    const plan = await planned('unsigned', 2);
    await api().send('POST', 'cleanup/rollouts', { id: 'r-unsigned', planId: plan.id, issuer: 'eve' });
    const stopped = await watched('r-unsigned');
    assert.deepEqual([stopped.phase, ...states(stopped)], ['stopped', 'failed', 'waiting', 'waiting']);
    assert.match(stopped.why ?? '', /^node-1: .*signed/);
  });

  test('what nobody expected stops it, and says why; a person may let it go on', async () => {
    const plan = await planned('surprise', 2);
    await engines.get('node-1')?.ctr('images', 'tag', 'localhost/a:1', 'localhost/again:1');
    await begun(plan, 'r-surprise', { pauseMs: 0 });
    const stopped = await watched('r-surprise');
    assert.deepEqual([stopped.phase, ...states(stopped)], ['stopped', 'surprising', 'waiting', 'waiting']);
    assert.equal(stopped.why, 'node-1: 1 image of 2 was left alone (raced)');
    assert.equal((await listed('node-2')).length, 2);
    await api().send('POST', 'cleanup/rollouts/r-surprise/continue', { issuer: 'anna' });
    assert.deepEqual(states(await watched('r-surprise')), ['surprising', 'done', 'done']);
  });

  test('a collector that is killed in the midst of it goes on, and every node runs once', async () => {
    await addImages(fleetImages, ['c', 'd', 'e']);
    const plan = await planned('killed', 3);
    await begun(plan, 'r-killed', { pauseMs: 1000, atOnce: 1 });
    const ask = () => api().get<FleetRollout>('cleanup/rollouts/r-killed');
    const over = ({ nodes }: FleetRollout): number => nodes.filter(({ state }) => state === 'done').length;
    await eventually(ask, ({ nodes }) => nodes.some(({ state }) => state !== 'waiting'), PATIENCE_S);
    for (const wanted of [1, 2]) {
      await ended(collector.child, 'SIGKILL');
      collector = await startCollector(collector.grpc, collector.http);
      await eventually(ask, (rollout) => over(rollout) >= wanted, PATIENCE_S);
    }
    const done = await watched('r-killed');
    assert.deepEqual([done.phase, ...states(done)], ['done', 'done', 'done', 'done'], JSON.stringify(done));
    const planIds = new Set(plan.nodes.map(({ planId }) => planId));
    const runs = (await history()).filter(({ planId }) => planIds.has(planId)).map(({ node }) => node);
    assert.deepEqual(
      runs.toSorted((a, b) => (a < b ? -1 : 1)),
      NODES,
    );
    for (const node of NODES) assert.deepEqual(await listed(node), []);
    assert.equal((await api().get<{ readonly kind: string }>('audit/verification')).kind, 'whole');
  });
});
