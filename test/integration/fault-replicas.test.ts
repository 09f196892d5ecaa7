import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertAllWhole, assertAlternating, assertConverges } from '../support/fault-checks.ts';
import { assertCarriedOut, order, resultsOf } from '../support/fault-commands.ts';
import { FAULT_SEED, FaultDeck, faultRounds, pick, type FaultRound } from '../support/fault-deck.ts';
import { postgresCommands, postgresEvents } from '../support/fault-events.ts';
import { faultPlace, type FaultNode } from '../support/fault-node.ts';
import type { AgentProgram, CollectorProgram, FaultBench } from '../support/fault-programs.ts';
import { randomNumbers } from '../support/fleet.ts';
import { needsPostgres, startPostgres } from '../support/postgres.ts';
import { needsCommands, needsRoot } from '../support/requirements.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

// Two collectors over one PostgreSQL, of which one at a time is killed, ended, or loses its database, while people order at either
// what agents at the other are to do. Each kind of fault comes once, unless TALLYMAN_FAULT_ROUNDS makes it longer; the same
// TALLYMAN_FAULT_SEED gives the same.

const NODES = ['node-1', 'node-2'];
const IMAGES = 3;
const ORDERS_A_ROUND = 3;

interface Replica {
  readonly program: CollectorProgram;
  /** Between it and PostgreSQL. */
  readonly wire: TcpProxy;
}

interface Seat {
  readonly agent: AgentProgram;
  /** Between the agent and the collector that it lands on. */
  readonly door: TcpProxy;
}

interface Stage {
  readonly node: FaultNode;
  readonly url: string;
  readonly replicas: readonly Replica[];
  readonly seats: readonly Seat[];
}

interface Misfortune extends Stage {
  /** Whom it befalls, and who remains. */
  readonly victim: Replica;
  readonly other: Replica;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** It is over when it returns, but for what the proxies heal. */
type Fault = (misfortune: Misfortune) => Promise<void>;

const FAULTS: Readonly<Record<string, Fault>> = {
  async 'killed, and its agents land on the other'({ victim, other, seats, random }) {
    await victim.program.end('SIGKILL');
    landOn(other, seats);
    await sleep(random() * 3000);
    await victim.program.start();
  },
  async 'killed and back at once'({ victim }) {
    await victim.program.end('SIGKILL');
    await victim.program.start();
  },
  async 'ended, and its agents land on the other'({ victim, other, seats }) {
    landOn(other, seats);
    await victim.program.end();
    await victim.program.start();
  },
  async 'cut off its database'({ victim, random }) {
    for (let time = 0; time < 3; time += 1) {
      victim.wire.cut();
      await sleep(random() * 700);
    }
  },
  async 'without its database'({ victim, random }) {
    victim.wire.refuse(true);
    victim.wire.cut();
    await sleep(1000 + random() * 5000);
  },
  async 'half-open to its database'({ victim, random }) {
    victim.wire.mute(random() < 0.5 ? 'up' : 'down');
    await sleep(1000 + random() * 6000);
  },
  async 'without its database, and its agents land on the other'({ victim, other, seats, random }) {
    victim.wire.mute('down');
    landOn(other, seats);
    await sleep(random() * 4000);
  },
  async 'agents change places'({ replicas, seats, random }) {
    for (const { door } of seats) {
      door.retarget(pick(random, replicas).program.grpcPort);
      door.cut();
      await sleep(random() * 500);
    }
  },
  async 'agents half-open, and land elsewhere'({ replicas, seats, random }) {
    for (const { door } of seats) {
      door.abandon(5000);
      door.retarget(pick(random, replicas).program.grpcPort);
    }
    await sleep(random() * 2000);
  },
  async 'an agent killed'({ seats, random }) {
    const { agent } = pick(random, seats);
    await agent.end('SIGKILL');
    await sleep(random() * 500);
    await agent.start();
  },
};

function landOn({ program }: Replica, seats: readonly Seat[]): void {
  for (const { door } of seats) {
    door.retarget(program.grpcPort);
    door.cut();
  }
}

async function replicaOf(bench: FaultBench, name: string, url: string, port: number): Promise<Replica> {
  const wire = await startTcpProxy(port);
  const store = url.replace(`:${port}/`, `:${wire.port}/`);
  const flags = ['--store', store, '--session-lifetime', '10s', '--verify-share', '1'];
  return { program: await bench.collector(name, flags), wire };
}

/** Two collectors, and one agent at each. */
async function staged(context: TestContext): Promise<Stage & { readonly bench: FaultBench }> {
  const { node, bench } = await faultPlace(context, IMAGES, NODES);
  const server = await startPostgres();
  context.after(() => server.remove());
  const url = await server.database();
  const replicas: Replica[] = [];
  const seats: Seat[] = [];
  for (const [at, name] of NODES.entries()) {
    const replica = await replicaOf(bench, `collector-${at}`, url, server.port);
    const door = await startTcpProxy(replica.program.grpcPort);
    context.after(() => Promise.all([replica.wire.close(), door.close()]));
    const agent = bench.agent(name, door.port, [...bench.asNode(name), ...node.flags]);
    replicas.push(replica);
    seats.push({ agent, door });
    await agent.start();
  }
  return { node, bench, url, replicas, seats };
}

/** One round: whom it befell, and which plans were ordered of which nodes meanwhile. */
async function befall(
  stage: Stage,
  { fault, random }: FaultRound<Fault>,
  at: number,
  /** For what happens on the node, so that there is always something to say. */
  events: () => number,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { replicas, seats, node } = stage;
  const victim = pick(random, replicas);
  const other = replicas.find((one) => one !== victim) ?? victim;
  const plans = new Map<string, readonly string[]>();
  const ordered: Promise<void>[] = [];
  const happening = fault({ ...stage, victim, other, random: randomNumbers(random() * 2 ** 32) });
  for (let time = 0; time < ORDERS_A_ROUND; time += 1) {
    const [id, nodes] = [`plan-${at}-${time}`, random() < 0.5 ? NODES : [pick(random, NODES)]];
    plans.set(id, nodes);
    ordered.push(order(pick(random, replicas).program.api, id, nodes));
    await node.change(events);
    await sleep(random() * 700);
  }
  await happening;
  for (const { wire } of replicas) wire.heal();
  for (const { door } of seats) door.heal();
  await Promise.all(ordered);
  return plans;
}

const skip = needsRoot() || needsCommands('containerd', 'ctr') || needsPostgres();

test(
  'what befalls one of two collectors loses nothing, and does nothing twice',
  { skip },
  async (context) => {
    const stage = await staged(context);
    const { node, bench, url, replicas, seats } = stage;
    const [first] = replicas;
    assert.ok(first);
    for (const name of NODES) await assertConverges(context, first.program.api, node, name);
    const deck = new FaultDeck(FAULTS);
    const rounds = deck.deal(faultRounds(deck.size));
    context.diagnostic(`seed ${FAULT_SEED}, ${rounds.length} rounds`);
    const events = randomNumbers(FAULT_SEED);
    let plans: ReadonlyMap<string, readonly string[]> = new Map();
    for (const [at, round] of rounds.entries()) {
      context.diagnostic(round.name);
      plans = new Map([...plans, ...(await befall(stage, round, at, events))]);
    }
    await node.loseEngine(...seats.map(({ agent }) => agent));
    for (const { program } of replicas) await assertCarriedOut(program.api, plans);
    const commands = new Map<string, readonly string[]>();
    for (const name of NODES) commands.set(name, await postgresCommands(url, name));
    const stored = await assertAllWhole(context, {
      bench,
      node,
      collectors: replicas.map(({ program }) => program),
      agents: Object.fromEntries(NODES.map((name, at) => [name, (seats[at] as Seat).agent])),
      events: async () => (await Promise.all(NODES.map((name) => postgresEvents(url, name)))).flat(),
    });
    assertAlternating(stored);
    for (const name of NODES) {
      const asked = [...plans.values()].filter((nodes) => nodes.includes(name)).length;
      assert.equal(commands.get(name)?.length, asked);
      assert.deepEqual(resultsOf(stored, name), commands.get(name), `${name}: each once, in order of issue`);
    }
  },
);
