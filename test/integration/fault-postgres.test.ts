import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FleetPlan } from '../../cli/fleet/cleanup/views.ts';
import { DEFAULT_POLICY } from '../../core/cleanup/policy.ts';
import { startContainerd, type TestContainerd } from '../support/containerd.ts';
import {
  assertAlternating,
  assertConverges,
  assertEachOnce,
  assertFreshlyScanned,
  assertSmall,
} from '../support/fault-checks.ts';
import {
  importImages,
  imageName,
  pictureOf,
  postgresEvents,
  waitingEvents,
  type NodePicture,
} from '../support/fault-node.ts';
import {
  faultBench,
  type AgentProgram,
  type CollectorProgram,
  type FaultBench,
  type Program,
} from '../support/fault-programs.ts';
import { randomNumbers } from '../support/fleet.ts';
import { needsPostgres, startPostgres, type PostgresServer } from '../support/postgres.ts';
import { needsCommands, needsRoot } from '../support/requirements.ts';
import { eventually } from '../support/system.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

// A PostgreSQL that comes and goes under collectors whose agents bring state and events, and answer commands. The same seed
// gives the same faults: TALLYMAN_FAULT_SEED; TALLYMAN_FAULT_ROUNDS makes it longer.

const SEED = Number(process.env['TALLYMAN_FAULT_SEED'] ?? 1);
const ROUNDS = Number(process.env['TALLYMAN_FAULT_ROUNDS'] ?? 3);
const NODES = ['node-1', 'node-2'];
const IMAGES = 4;
const PATIENCE_S = 150;

interface Stage {
  readonly bench: FaultBench;
  readonly engine: TestContainerd;
  readonly server: PostgresServer;
  /** Between the collectors and PostgreSQL. */
  readonly wire: TcpProxy;
  readonly collectors: readonly CollectorProgram[];
  /** Between each agent and the collector that it lands on. */
  readonly doors: readonly TcpProxy[];
  readonly random: () => number;
}

/** Each is over when it returns. */
const FAULTS: Readonly<Record<string, (stage: Stage) => Promise<void>>> = {
  'ended at once': (stage) => restarted(stage, 'immediate'),
  'first process killed': (stage) => restarted(stage, 'killed'),
  'ended as an operator would': (stage) => restarted(stage, 'fast'),
  async paused({ server, random }) {
    server.pause();
    await sleep(1000 + random() * 6000);
    server.resume();
  },
  async cut({ wire, random }) {
    for (let time = 0; time < 3; time += 1) {
      wire.cut();
      await sleep(random() * 500);
    }
  },
  async 'cut in the middle'({ wire, random }) {
    wire.cutAfter(Math.floor(random() * 50_000));
    await sleep(1000 + random() * 2000);
  },
  async unreachable({ wire, random }) {
    wire.refuse(true);
    wire.cut();
    await sleep(500 + random() * 3000);
  },
  async slow({ wire, random }) {
    wire.delay(30);
    wire.lose(0.2, random);
    await sleep(2000);
  },
  async 'answers held up'({ wire, random }) {
    wire.mute('down');
    await sleep(1000 + random() * 4000);
  },
  async 'gone with its connections'({ wire }) {
    wire.abandon(5000);
  },
  async 'killed with a collector'({ server, collectors, random }) {
    const collector = pick(random, collectors);
    await Promise.all([server.stop('killed'), collector.end('SIGKILL')]);
    await server.start();
    await collector.start();
  },
  async 'engine lost meanwhile'(stage) {
    await stage.engine.kill();
    await restarted(stage, 'immediate');
    await stage.engine.restart();
  },
  async 'agents land elsewhere'({ collectors, doors, wire, random }) {
    wire.cut();
    for (const door of doors) {
      door.retarget(pick(random, collectors).grpcPort);
      door.cut();
    }
  },
};

async function restarted({ server, random }: Stage, how: 'fast' | 'immediate' | 'killed'): Promise<void> {
  await server.stop(how);
  await sleep(random() * 3000);
  await server.start();
}

function pick<T>(random: () => number, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)] as T;
}

/** Asks all nodes for a plan: a command to each. The same id again is the same plan. */
async function order(api: CollectorProgram['api'], id: string): Promise<void> {
  const policy = { ...DEFAULT_POLICY };
  const asked = { id, issuer: 'anna', nodes: NODES, policy, atOnce: 2, answerMs: PATIENCE_S * 1000 };
  await eventually(
    () => api.send('POST', 'cleanup/plans', asked),
    () => true,
    PATIENCE_S,
  );
}

const skip = needsRoot() || needsCommands('containerd', 'ctr') || needsPostgres();

suite('PostgreSQL comes and goes', { skip }, () => {
  for (const count of [1, 2])
    test(`under ${count} collectors: nothing is lost, told or done twice`, async (context) => {
      await comeAndGo(context, count);
    });
});

async function comeAndGo(context: TestContext, count: number): Promise<void> {
  const engine = await startContainerd({ cri: false });
  context.after(() => engine.stop());
  await importImages(engine, IMAGES);
  const server = await startPostgres();
  context.after(() => server.remove());
  const url = await server.database();
  const wire = await startTcpProxy(server.port);
  context.after(() => wire.close());
  const bench = await faultBench(NODES);
  context.after(() => bench.stop());
  const collectors: CollectorProgram[] = [];
  const flags = ['--store', url.replace(`:${server.port}/`, `:${wire.port}/`), '--session-lifetime', '10s'];
  for (let at = 0; at < count; at += 1)
    collectors.push(await bench.collector(`collector-${at}`, [...flags, '--verify-share', '1']));
  const [first] = collectors;
  assert.ok(first);
  const doors: TcpProxy[] = [];
  const agents: (AgentProgram & { readonly node: string })[] = [];
  for (const [at, node] of NODES.entries()) {
    const door = await startTcpProxy((collectors[at] ?? first).grpcPort);
    context.after(() => door.close());
    doors.push(door);
    const agent = bench.agent(node, door.port, [
      ...bench.asNode(node),
      ...['--containerd-address', engine.address],
    ]);
    agents.push(Object.assign(agent, { node }));
    await agent.start();
  }

  const stage = { bench, engine, server, wire, collectors, doors, random: randomNumbers(SEED) };
  const names = new Set(Array.from({ length: IMAGES }, (_, at) => imageName(at)));
  context.diagnostic(`seed ${SEED}, ${ROUNDS} rounds`);
  for (const node of NODES) await assertConverges(context, first.api, names, node);
  for (let round = 0; round < ROUNDS; round += 1) {
    const [name, fault] = pick(stage.random, Object.entries(FAULTS));
    context.diagnostic(name);
    const ordered = order(pick(stage.random, collectors).api, `plan-${round}`);
    await engine.ctr('images', 'tag', imageName(round % IMAGES), `round-${round}:1`);
    names.add(`round-${round}:1`);
    await sleep(stage.random() * 300);
    await fault(stage);
    wire.heal();
    await ordered;
  }
  await wholeAgain(context, stage, url, names, agents);
}

async function wholeAgain(
  context: TestContext,
  { bench, collectors, engine }: Stage,
  url: string,
  names: ReadonlySet<string>,
  agents: readonly (AgentProgram & { readonly node: string })[],
): Promise<void> {
  for (const { api } of collectors) {
    for (const node of NODES) await assertConverges(context, api, names, node);
    for (let round = 0; round < ROUNDS; round += 1) {
      const { nodes } = await eventually(
        () => api.get<FleetPlan>(`cleanup/plans/plan-${round}`),
        ({ state }) => state === 'whole',
        PATIENCE_S,
      );
      assert.deepEqual(
        nodes.map(({ node, state }) => [node, state]),
        NODES.map((node) => [node, 'planned']),
      );
    }
    assert.equal((await api.get<{ readonly kind: string }>('audit/verification')).kind, 'whole');
  }
  const programs = [...collectors.map((one, at) => [`collector ${at}`, one] as const)];
  const nodes = agents.map((one) => [one.node, one] as const);
  assertSmall(context, Object.fromEntries<Program>([...programs, ...nodes]));
  const pictures: NodePicture[] = [];
  for (const { api } of collectors) for (const node of NODES) pictures.push(await pictureOf(api, node));
  for (const agent of agents) {
    await agent.end();
    assert.equal(waitingEvents(agent.stateDir), 0, 'no event waits on the node');
    const events = await postgresEvents(url, agent.node);
    assertEachOnce(events);
    assertAlternating(events);
    const results = events.flatMap(({ body }) => (body.kind === 'command-result' ? [body.commandId] : []));
    assert.equal(results.length, ROUNDS, 'every command was carried out once');
    assert.equal(new Set(results).size, ROUNDS);
    context.diagnostic(`${events.length} events of ${agent.node}`);
  }
  const [picture] = pictures;
  assert.ok(picture);
  for (const one of pictures) assert.deepEqual(one, picture);
  await assertFreshlyScanned(bench, picture, engine.address, names);
}
