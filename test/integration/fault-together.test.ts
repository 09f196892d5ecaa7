import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { tallyman } from '../support/cli.ts';
import { assertAlternating, assertConverges, assertWhole } from '../support/fault-checks.ts';
import { jumpingClock, needsFaketime, type JumpingClock } from '../support/fault-clock.ts';
import { FAULT_SEED, FaultDeck, faultRounds, pick, type FaultRound } from '../support/fault-deck.ts';
import { NETWORK_FAULTS } from '../support/fault-network.ts';
import { faultPlace, type FaultNode } from '../support/fault-node.ts';
import {
  FAULT_NODE,
  type AgentProgram,
  type CollectorProgram,
  type FaultBench,
} from '../support/fault-programs.ts';
import { randomNumbers } from '../support/fleet.ts';
import { freePort } from '../support/free-port.ts';
import { fill } from '../support/full-disk.ts';
import { needsCommands, needsRoot } from '../support/requirements.ts';
import { eventually } from '../support/system.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

// Two things go wrong at once: on each machine its disk, its clock or its certificate, and meanwhile the network, a process or
// the engine. Each kind comes once, unless TALLYMAN_FAULT_ROUNDS makes it longer; the same TALLYMAN_FAULT_SEED gives the same.

const IMAGES = 4;
const LIFE_S = 24;
const PATIENCE_S = 150;
const DISK = '48m';
const JUMPS = ['+3h', '-20m', '+2d', '-1h', '+40s', '-10s'];
const SHORT_LIVED = fileURLToPath(new URL('../support/short-lived-collector.ts', import.meta.url));

interface Machine<Program> {
  readonly program: Program;
  readonly clock: JumpingClock;
  /** A folder on a small disk, with all that it keeps. */
  readonly disk: string;
}

interface Stage {
  readonly node: FaultNode;
  readonly agent: Machine<AgentProgram>;
  readonly collector: Machine<CollectorProgram>;
  /** Between them: to sessions, and to where certificates are issued. */
  readonly wires: readonly TcpProxy[];
}

/** What ends it is answered. */
type LocalFault = (stage: Stage, random: () => number) => Promise<End> | End;
type End = () => Promise<void> | void;
type Fault = (stage: Stage, random: () => number) => Promise<void> | void;

const LOCAL: Readonly<Record<string, LocalFault>> = {
  "the agent's disk is full": ({ agent }) => filled(agent),
  "the collector's disk is full": ({ collector }) => filled(collector),
  "the agent's clock jumps": ({ agent }, random) => jumped(agent, random),
  "the collector's clock jumps": ({ collector }, random) => jumped(collector, random),
  async 'the certificate expires'({ agent, collector }) {
    const before = await joined(collector.program);
    // Later than all that was issued in rounds before, whose clocks were ahead too.
    for (const { clock } of [agent, collector]) clock.set(`+${before}h`);
    return async () => {
      await eventually(
        () => joined(collector.program),
        (count) => count > before,
        PATIENCE_S,
      );
      // What it has now is good in some hours only.
      for (const { clock } of [agent, collector]) clock.set('+0');
    };
  },
};

const MEANWHILE: Readonly<Record<string, Fault>> = {
  ...Object.fromEntries(
    Object.entries(NETWORK_FAULTS).map(([name, fault]) => [
      name,
      ({ wires }: Stage, random: () => number) => fault(pick(random, wires), random),
    ]),
  ),
  'agent killed': ({ agent }, random) => killed(agent, random),
  'collector killed': ({ collector }, random) => killed(collector, random),
  async 'engine killed'({ node }, random) {
    await node.engine.kill();
    await sleep(500 + random() * 1500);
    await node.engine.restart();
  },
};

function filled({ disk }: Pick<Machine<unknown>, 'disk'>): End {
  const filler = fill(disk);
  return () => rmSync(filler);
}

function jumped({ clock }: Pick<Machine<unknown>, 'clock'>, random: () => number): End {
  clock.set(pick(random, JUMPS));
  return () => clock.set('+0');
}

async function killed(
  { program }: Machine<AgentProgram | CollectorProgram>,
  random: () => number,
): Promise<void> {
  await program.end('SIGKILL');
  await sleep(random() * 500);
  await program.start();
  await sleep(random() * 1500);
}

/** How many certificates were issued for a join token. */
async function joined({ api }: CollectorProgram): Promise<number> {
  const issued = await eventually(
    () => api.all<{ readonly proof: string }>('enrollment/certificates'),
    () => true,
    PATIENCE_S,
  );
  return issued.filter(({ proof }) => proof === 'join-token').length;
}

async function misfortune(
  context: TestContext,
  stage: Stage,
  local: FaultRound<LocalFault>,
  { name, fault, random }: FaultRound<Fault>,
  /** For what happens on the node, so that there is always something to say. */
  events: () => number,
): Promise<void> {
  context.diagnostic(`${local.name}; ${name}`);
  await stage.node.change(events);
  const end = await local.fault(stage, local.random);
  const changing = fault(stage, random);
  if (name !== 'engine killed') await stage.node.change(events);
  await changing;
  await sleep(events() * 2000);
  for (const wire of stage.wires) wire.heal();
  await end();
  // One that cannot begin on a full disk ends, and is begun anew by whoever looks after it.
  for (const { program } of [stage.agent, stage.collector]) if (!program.isAlive) await program.start();
}

/** On a small disk, with a clock of its own, and issuing certificates of some seconds. */
async function collectorOf(bench: FaultBench, enrollPort: number): Promise<Machine<CollectorProgram>> {
  const { caFile } = bench.tls('collector').files;
  const clock = jumpingClock(bench, 'collector');
  const disk = join(bench.folder, 'collector');
  bench.smallDisk(disk, DISK);
  const flags = [
    ...['--enroll-listen', `127.0.0.1:${enrollPort}`, '--enroll-ca-cert', caFile],
    ...['--enroll-ca-key', caFile.replace(/crt$/, 'key'), '--node-certificate-life', `${LIFE_S}s`],
    ...['--session-lifetime', '5s', '--verify-share', '1'],
  ];
  const { environment } = clock;
  const command = [process.execPath, SHORT_LIVED];
  const program = await bench.collector('collector', flags, { command, environment });
  return { program, clock, disk };
}

/** As `collectorOf`; enrols by a token that can be used as often as it likes. */
async function agentOf(
  bench: FaultBench,
  node: FaultNode,
  collector: CollectorProgram,
  [session, enrollment]: readonly [TcpProxy, TcpProxy],
): Promise<Machine<AgentProgram>> {
  const clock = jumpingClock(bench, 'agent');
  const tokenFile = join(bench.folder, 'join-token');
  await collector.end();
  const args = ['--node', FAULT_NODE, '--uses', '1000', '--expires', '30d', '--data-dir', collector.dataDir];
  const { code, stdout, stderr } = await tallyman(['enroll', 'token', 'create', ...args, '--format', 'json']);
  assert.deepEqual([code, stderr], [0, '']);
  const [token] = JSON.parse(stdout) as { readonly text: string }[];
  writeFileSync(tokenFile, `${token?.text}\n`);
  await collector.start();
  const none = ['crt', 'key'].map((extension) => join(bench.folder, `none.${extension}`));
  const flags = [
    ...[...node.flags, '--join-token-file', tokenFile, '--enroll', `127.0.0.1:${enrollment.port}`],
    // The certificate that the bench makes is not this node's.
    ...['--tls-cert', none[0] ?? '', '--tls-key', none[1] ?? ''],
  ];
  const program = bench.agent('agent', session.port, flags, clock.environment);
  bench.smallDisk(program.stateDir, DISK);
  await program.start();
  return { program, clock, disk: program.stateDir };
}

const skip = needsRoot() || needsCommands('containerd', 'ctr') || needsFaketime();

test('what goes wrong at the same time costs nothing but time either', { skip }, async (context) => {
  const { node, bench } = await faultPlace(context, IMAGES);
  const enrollPort = await freePort();
  const collector = await collectorOf(bench, enrollPort);
  const wires = [await startTcpProxy(collector.program.grpcPort), await startTcpProxy(enrollPort)] as const;
  context.after(() => Promise.all(wires.map((wire) => wire.close())));
  const agent = await agentOf(bench, node, collector.program, wires);

  const locals = new FaultDeck(LOCAL);
  const others = new FaultDeck(MEANWHILE, FAULT_SEED + 1);
  const rounds = faultRounds(others.size);
  context.diagnostic(`seed ${FAULT_SEED}, ${rounds} rounds`);
  await assertConverges(context, collector.program.api, node);
  const events = randomNumbers(FAULT_SEED);
  const meanwhile = others.deal(rounds);
  for (const [at, local] of locals.deal(rounds).entries()) {
    const other = meanwhile[at];
    assert.ok(other);
    await misfortune(context, { node, agent, collector, wires }, local, other, events);
  }
  await assertConverges(context, collector.program.api, node);
  await node.loseEngine(agent.program);
  const stored = await assertWhole(context, {
    bench,
    node,
    collector: collector.program,
    agent: agent.program,
  });
  assert.ok(new Set(stored.map(({ epoch }) => epoch)).size <= 1, 'no memory of the node was lost');
  // A full disk keeps no events, which is told.
  const lastLoss = stored.findLastIndex(({ body }) => body.kind === 'loss');
  assertAlternating(stored.slice(lastLoss + 1));
});
