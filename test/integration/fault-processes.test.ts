import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertAllWhole, assertAlternating, assertConverges, assertWhole } from '../support/fault-checks.ts';
import { FAULT_SEED, FaultDeck, faultRounds, type FaultRound } from '../support/fault-deck.ts';
import { storedEvents } from '../support/fault-events.ts';
import { NETWORK_FAULTS } from '../support/fault-network.ts';
import { faultPlace, type FaultNode } from '../support/fault-node.ts';
import {
  FAULT_NODE,
  HOSTILE_NODE,
  type AgentProgram,
  type CollectorProgram,
} from '../support/fault-programs.ts';
import { randomNumbers } from '../support/fleet.ts';
import { needsCommands, needsRoot } from '../support/requirements.ts';
import { eventually } from '../support/system.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

// Real processes, a real engine, and everything between them going wrong: each kind of fault once, unless
// TALLYMAN_FAULT_ROUNDS makes it longer. The same TALLYMAN_FAULT_SEED gives the same faults.

const IMAGES = 6;
const PATIENCE_S = 150;

interface Stage {
  readonly node: FaultNode;
  readonly proxy: TcpProxy;
  readonly agent: AgentProgram;
  readonly collector: CollectorProgram;
}

type Fault = (stage: Stage, random: () => number) => Promise<void> | void;

const NETWORK: Readonly<Record<string, Fault>> = Object.fromEntries(
  Object.entries(NETWORK_FAULTS).map(([name, fault]) => [
    name,
    ({ proxy }: Stage, random: () => number) => fault(proxy, random),
  ]),
);

const PROCESSES: Readonly<Record<string, Fault>> = {
  'agent killed': async ({ agent }, random) => {
    await agent.end('SIGKILL');
    await sleep(random() * 500);
    await agent.start();
    // Anywhere in its start, too.
    await sleep(random() * 1500);
  },
  'collector killed': async ({ collector }, random) => {
    await collector.end('SIGKILL');
    await sleep(random() * 500);
    await collector.start();
    await sleep(random() * 1500);
  },
  'collector ended': async ({ collector }) => {
    await collector.end();
    await collector.start();
  },
};

/** What makes events: an engine that is lost and comes back. */
const ENGINES: Readonly<Record<string, Fault>> = {
  'engine killed': async ({ node }, random) => {
    await node.engine.kill();
    await sleep(500 + random() * 1500);
    await node.engine.restart();
  },
};

async function misfortune(
  context: TestContext,
  stage: Stage,
  { name, fault, random }: FaultRound<Fault>,
  /** For what happens on the node, so that there is always something to say. */
  events: () => number,
): Promise<void> {
  context.diagnostic(name);
  await stage.node.change(events);
  const changing = fault(stage, random);
  if (!(name in ENGINES)) await stage.node.change(events);
  await changing;
  await sleep(events() * 1000);
  stage.proxy.heal();
}

const skip = needsRoot() || needsCommands('containerd', 'ctr');

// The second waits for most of its time.
suite('whatever goes wrong between real processes', { skip, concurrency: 2 }, () => {
  test('nothing is lost or told twice', async (context) => {
    const { node, bench } = await faultPlace(context, IMAGES);
    const collector = await bench.collector('collector', ['--session-lifetime', '5s', '--verify-share', '1']);
    const proxy = await startTcpProxy(collector.grpcPort);
    context.after(() => proxy.close());
    const agent = bench.agent('agent', proxy.port, node.flags);
    await agent.start();

    const deck = new FaultDeck({ ...NETWORK, ...PROCESSES, ...ENGINES });
    const rounds = deck.deal(faultRounds(deck.size));
    context.diagnostic(`seed ${FAULT_SEED}, ${rounds.length} rounds`);
    await assertConverges(context, collector.api, node);
    const events = randomNumbers(FAULT_SEED);
    for (const round of rounds) await misfortune(context, { node, proxy, agent, collector }, round, events);
    // Whatever the seed: something to be told.
    await node.loseEngine(agent);
    const stored = await assertWhole(context, { bench, node, collector, agent });
    assertAlternating(stored);
    assert.ok(new Set(stored.map(({ epoch }) => epoch)).size <= 1, 'no memory of the node was lost');
  });

  test('both ends find by keep-alive that the other is gone', async (context) => {
    const { node, bench } = await faultPlace(context, 2);
    // Beats that are missed are noticed much later.
    const collector = await bench.collector('collector', ['--beat-interval', '60s']);
    const proxy = await startTcpProxy(collector.grpcPort);
    context.after(() => proxy.close());
    const agent = bench.agent('agent', proxy.port, node.flags);
    const doomed = bench.agent('doomed', proxy.port, [...node.flags, ...bench.asNode(HOSTILE_NODE)]);
    for (const one of [agent, doomed]) await one.start();
    for (const name of [FAULT_NODE, HOSTILE_NODE]) await assertConverges(context, collector.api, node, name);

    const sessions = proxy.connections;
    // Nobody is told, for longer than the test takes.
    proxy.abandon(600_000);
    await doomed.end('SIGKILL');
    await node.tag('while-half-open:1');
    await node.loseEngine(agent);
    await assertConverges(context, collector.api, node);
    assert.equal(proxy.connections, sessions + 1);
    // As gRPC says it of a ping that nobody answers.
    assert.match(reasons(agent).join(), /Connection dropped/);

    await eventually(
      async () => collector.log().filter((line) => line['message'] === 'session ended'),
      (lines) => lines.some((line) => line['node'] === HOSTILE_NODE),
      PATIENCE_S,
    );
    await doomed.start();
    await assertConverges(context, collector.api, node, HOSTILE_NODE);
    const stored = await assertAllWhole(context, {
      bench,
      node,
      collectors: [collector],
      agents: { [FAULT_NODE]: agent, [HOSTILE_NODE]: doomed },
      events: () => storedEvents(collector),
    });
    assertAlternating(stored);
  });
});

/** Why its sessions ended. */
function reasons(agent: AgentProgram): readonly string[] {
  const failed = agent.log().filter(({ message }) => message === 'session with the collector failed');
  return failed.map(({ err }) => String((err as { readonly message?: unknown }).message));
}
