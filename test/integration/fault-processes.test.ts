import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startContainerd, type TestContainerd } from '../support/containerd.ts';
import { assertAlternating, assertConverges, assertWhole } from '../support/fault-checks.ts';
import { importImages, imageName, loseEngine } from '../support/fault-node.ts';
import { faultBench, type CollectorProgram, type Program } from '../support/fault-programs.ts';
import { randomNumbers } from '../support/fleet.ts';
import { needsCommands, needsRoot } from '../support/requirements.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

// Real processes, a real engine, and everything between them going wrong. The same seed gives the same faults:
// TALLYMAN_FAULT_SEED; TALLYMAN_FAULT_ROUNDS makes it longer.

const SEED = Number(process.env['TALLYMAN_FAULT_SEED'] ?? 1);
const ROUNDS = Number(process.env['TALLYMAN_FAULT_ROUNDS'] ?? 8);
const IMAGES = 6;

interface Stage {
  readonly engine: TestContainerd;
  readonly proxy: TcpProxy;
  readonly agent: Program;
  readonly collector: CollectorProgram;
  readonly random: () => number;
}

type Fault = (stage: Stage) => Promise<void> | void;

const network: Readonly<Record<string, Fault>> = {
  delay: ({ proxy }) => proxy.delay(150),
  loss: ({ proxy, random }) => proxy.lose(0.3, random),
  cut: ({ proxy }) => proxy.cut(),
  'cut in the middle': ({ proxy, random }) => proxy.cutAfter(Math.floor(random() * 20_000)),
  'half-open to the collector': ({ proxy }) => proxy.mute('up'),
  'half-open to the agent': ({ proxy }) => proxy.mute('down'),
  stall: ({ proxy }) => proxy.stall(true),
  reset: ({ proxy }) => {
    proxy.refuse(true);
    proxy.cut();
  },
  'slow reader': ({ proxy }) => proxy.throttle(20_000),
  reorder: ({ proxy }) => {
    proxy.reorder(true);
    proxy.cut();
  },
};

const processes: Readonly<Record<string, Fault>> = {
  'agent killed': async ({ agent, random }) => {
    await agent.end('SIGKILL');
    await sleep(random() * 500);
    await agent.start();
    // Anywhere in its start, too.
    await sleep(random() * 1500);
  },
  'collector killed': async ({ collector, random }) => {
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
const engines: Readonly<Record<string, Fault>> = {
  'engine killed': async ({ engine, random }) => {
    await engine.kill();
    await sleep(500 + random() * 1500);
    await engine.restart();
  },
};

function pick<T>(random: () => number, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)] as T;
}

/** Names come and go, so that there is always something to say. Answers those that are there. */
async function changeNames({ engine, random }: Stage, names: Set<string>): Promise<void> {
  const target = `${imageName(Math.floor(random() * IMAGES))}-alias-${Math.floor(random() * 3)}`;
  const source = target.replace(/-alias-\d$/, '');
  if (names.delete(target)) await engine.ctr('images', 'remove', target);
  else {
    names.add(target);
    await engine.ctr('images', 'tag', source, target);
  }
}

async function misfortune(context: TestContext, stage: Stage, names: Set<string>): Promise<void> {
  const { proxy, random } = stage;
  const kinds = pick(random, [network, network, processes, processes, engines]);
  const [name, fault] = pick(random, Object.entries(kinds));
  context.diagnostic(name);
  await changeNames(stage, names);
  const changing = fault(stage);
  if (kinds !== engines) await changeNames(stage, names);
  await changing;
  await sleep(random() * 1000);
  proxy.heal();
}

const skip = needsRoot() || needsCommands('containerd', 'ctr');

test(
  'whatever goes wrong between real processes, nothing is lost or told twice',
  { skip },
  async (context) => {
    const engine = await startContainerd({ cri: false });
    context.after(() => engine.stop());
    await importImages(engine, IMAGES);
    const bench = await faultBench();
    context.after(() => bench.stop());
    const collector = await bench.collector('collector', ['--session-lifetime', '5s', '--verify-share', '1']);
    const proxy = await startTcpProxy(collector.grpcPort);
    context.after(() => proxy.close());
    const withEngine = ['--containerd-address', engine.address];
    const agent = bench.agent('agent', proxy.port, withEngine);
    await agent.start();

    const stage = { engine, proxy, agent, collector, random: randomNumbers(SEED) };
    const names = new Set(Array.from({ length: IMAGES }, (_, at) => imageName(at)));
    context.diagnostic(`seed ${SEED}, ${ROUNDS} rounds`);
    await assertConverges(context, collector.api, names);
    for (let round = 0; round < ROUNDS; round += 1) await misfortune(context, stage, names);
    // Whatever the seed: something to be told.
    await loseEngine(engine, agent);
    const events = await assertWhole(context, { bench, collector, agent, containerd: engine.address, names });
    assertAlternating(events);
    assert.ok(new Set(events.map(({ epoch }) => epoch)).size <= 1, 'no memory of the node was lost');
  },
);
