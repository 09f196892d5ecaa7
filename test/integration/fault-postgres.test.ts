import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertAllWhole, assertAlternating, assertConverges } from '../support/fault-checks.ts';
import { assertCarriedOut, order, resultsOf } from '../support/fault-commands.ts';
import { FAULT_SEED, FaultDeck, faultRounds, pick, type FaultRound } from '../support/fault-deck.ts';
import { postgresEvents } from '../support/fault-events.ts';
import { faultPlace, type FaultNode } from '../support/fault-node.ts';
import type { AgentProgram, CollectorProgram } from '../support/fault-programs.ts';
import { randomNumbers } from '../support/fleet.ts';
import { needsPostgres, startPostgres, type PostgresServer } from '../support/postgres.ts';
import { needsCommands, needsRoot } from '../support/requirements.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

// A PostgreSQL that comes and goes under collectors whose agents bring state and events, and answer commands. Each kind of fault
// comes once, under one collector or under two, unless TALLYMAN_FAULT_ROUNDS makes it longer; the same TALLYMAN_FAULT_SEED gives
// the same.

const NODES = ['node-1', 'node-2'];
const IMAGES = 4;

/** Under one collector; the others under two. */
const ROUNDS_OF_ONE = 7;

interface Stage {
  readonly node: FaultNode;
  readonly server: PostgresServer;
  /** Between the collectors and PostgreSQL. */
  readonly wire: TcpProxy;
  readonly collectors: readonly CollectorProgram[];
  /** Between each agent and the collector that it lands on. */
  readonly doors: readonly TcpProxy[];
}

/** It is over when it returns. */
type Fault = (stage: Stage, random: () => number) => Promise<void>;

const FAULTS: Readonly<Record<string, Fault>> = {
  'ended at once': (stage, random) => restarted(stage, 'immediate', random),
  'first process killed': (stage, random) => restarted(stage, 'killed', random),
  'ended as an operator would': (stage, random) => restarted(stage, 'fast', random),
  async paused({ server }, random) {
    server.pause();
    await sleep(1000 + random() * 6000);
    server.resume();
  },
  async cut({ wire }, random) {
    for (let time = 0; time < 3; time += 1) {
      wire.cut();
      await sleep(random() * 500);
    }
  },
  async 'cut in the middle'({ wire }, random) {
    wire.cutAfter(Math.floor(random() * 50_000));
    await sleep(1000 + random() * 2000);
  },
  async unreachable({ wire }, random) {
    wire.refuse(true);
    wire.cut();
    await sleep(500 + random() * 3000);
  },
  async slow({ wire }, random) {
    wire.delay(30);
    wire.lose(0.2, random);
    await sleep(2000);
  },
  async 'answers held up'({ wire }, random) {
    wire.mute('down');
    await sleep(1000 + random() * 4000);
  },
  async 'gone with its connections'({ wire }) {
    wire.abandon(5000);
  },
  async 'engine lost meanwhile'(stage, random) {
    await stage.node.engine.kill();
    await restarted(stage, 'immediate', random);
    await stage.node.engine.restart();
  },
};

/** With two collectors these say more. */
const FAULTS_OF_TWO: Readonly<Record<string, Fault>> = {
  async 'killed with a collector'({ server, collectors }, random) {
    const collector = pick(random, collectors);
    await Promise.all([server.stop('killed'), collector.end('SIGKILL')]);
    await server.start();
    await collector.start();
  },
  async 'agents land elsewhere'({ collectors, doors, wire }, random) {
    wire.cut();
    for (const door of doors) {
      door.retarget(pick(random, collectors).grpcPort);
      door.cut();
    }
  },
};

async function restarted(
  { server }: Stage,
  how: 'fast' | 'immediate' | 'killed',
  random: () => number,
): Promise<void> {
  await server.stop(how);
  await sleep(random() * 3000);
  await server.start();
}

/** Both numbers of collectors together have each kind once, at the least. */
function dealt(count: number): readonly FaultRound<Fault>[] {
  const deck = new FaultDeck(FAULTS);
  const ofOne = deck.deal(count === 1 ? faultRounds(ROUNDS_OF_ONE) : ROUNDS_OF_ONE);
  if (count === 1) return ofOne;
  const ofTwo = new FaultDeck(FAULTS_OF_TWO);
  const rest = faultRounds(ofTwo.size + deck.size - ROUNDS_OF_ONE) - ofTwo.size;
  return [...ofTwo.deal(ofTwo.size), ...deck.deal(Math.max(rest, 0))];
}

const skip = needsRoot() || needsCommands('containerd', 'ctr') || needsPostgres();

suite('PostgreSQL comes and goes', { skip }, () => {
  for (const count of [1, 2])
    test(`under ${count} collectors: nothing is lost, told or done twice`, async (context) => {
      await comeAndGo(context, count);
    });
});

async function comeAndGo(context: TestContext, count: number): Promise<void> {
  const { node, bench } = await faultPlace(context, IMAGES, NODES);
  const server = await startPostgres();
  context.after(() => server.remove());
  const url = await server.database();
  const wire = await startTcpProxy(server.port);
  context.after(() => wire.close());
  const collectors: CollectorProgram[] = [];
  const flags = ['--store', url.replace(`:${server.port}/`, `:${wire.port}/`), '--session-lifetime', '10s'];
  for (let at = 0; at < count; at += 1)
    collectors.push(await bench.collector(`collector-${at}`, [...flags, '--verify-share', '1']));
  const [first] = collectors;
  assert.ok(first);
  const doors: TcpProxy[] = [];
  const agents: Record<string, AgentProgram> = {};
  for (const [at, name] of NODES.entries()) {
    const door = await startTcpProxy((collectors[at] ?? first).grpcPort);
    context.after(() => door.close());
    doors.push(door);
    agents[name] = bench.agent(name, door.port, [...bench.asNode(name), ...node.flags]);
    await agents[name].start();
  }

  const stage = { node, server, wire, collectors, doors };
  const rounds = dealt(count);
  const plans = rounds.map((_, at) => `plan-${at}`);
  context.diagnostic(`seed ${FAULT_SEED}, ${rounds.length} rounds`);
  for (const name of NODES) await assertConverges(context, first.api, node, name);
  const events = randomNumbers(FAULT_SEED);
  for (const [at, { name, fault, random }] of rounds.entries()) {
    context.diagnostic(name);
    const ordered = order(pick(random, collectors).api, plans[at] ?? '', NODES);
    await node.change(events);
    await sleep(random() * 300);
    await fault(stage, random);
    wire.heal();
    await ordered;
  }

  for (const { api } of collectors) await assertCarriedOut(api, new Map(plans.map((plan) => [plan, NODES])));
  const stored = await assertAllWhole(context, {
    bench,
    node,
    collectors,
    agents,
    events: async () => (await Promise.all(NODES.map((name) => postgresEvents(url, name)))).flat(),
  });
  assertAlternating(stored);
  for (const name of NODES) {
    const results = resultsOf(stored, name);
    assert.equal(results.length, rounds.length, 'every command was carried out once');
    assert.equal(new Set(results).size, rounds.length);
  }
}
