import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { tallyman } from '../support/cli.ts';
import { assertAlternating, assertConverges, assertWhole } from '../support/fault-checks.ts';
import { FAULT_SEED, FaultDeck, faultRounds } from '../support/fault-deck.ts';
import { faultPlace, type FaultNode } from '../support/fault-node.ts';
import { FAULT_NODE, type CollectorProgram, type Program } from '../support/fault-programs.ts';
import { freePort } from '../support/free-port.ts';
import { needsCommands, needsRoot } from '../support/requirements.ts';
import { eventually } from '../support/system.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

// Certificates of some seconds between real processes, while the network fails: renewed in time, or expired in an outage.
// Each kind of fault comes once, unless TALLYMAN_FAULT_ROUNDS makes it longer; the same TALLYMAN_FAULT_SEED gives the same.

const IMAGES = 3;
const LIFE_S = 24;
const PATIENCE_S = 150;
const SHORT_LIVED = fileURLToPath(new URL('../support/short-lived-collector.ts', import.meta.url));

interface Wires {
  /** Between the agent and the collector. */
  readonly session: TcpProxy;
  /** Between the agent and where certificates are issued. */
  readonly enrollment: TcpProxy;
}

type Fault = (wire: TcpProxy, random: () => number) => Promise<void> | void;

/** Shorter than what is left of a certificate at half of its life. */
const FAULTS: Readonly<Record<string, Fault>> = {
  cut: (wire) => wire.cut(),
  'cut in the middle': (wire, random) => wire.cutAfter(Math.floor(random() * 4000)),
  loss: (wire, random) => wire.lose(0.5, random),
  delay: (wire) => wire.delay(150),
  async reset(wire) {
    wire.refuse(true);
    wire.cut();
    await sleep(2000);
    wire.refuse(false);
  },
  async 'half-open'(wire, random) {
    wire.mute(random() < 0.5 ? 'up' : 'down');
    await sleep(1500);
    wire.mute(undefined);
  },
};

interface Issued {
  readonly proof: string;
}

async function proofs({ api }: CollectorProgram): Promise<readonly string[]> {
  return (await api.all<Issued>('enrollment/certificates')).map(({ proof }) => proof);
}

/** A token for one certificate, into the file that the agent reads. The collector must have ended. */
async function putToken({ dataDir }: CollectorProgram, file: string): Promise<void> {
  const args = ['token', 'create', '--node', FAULT_NODE, '--data-dir', dataDir, '--format', 'json'];
  const { code, stdout, stderr } = await tallyman(['enroll', ...args]);
  assert.deepEqual([code, stderr], [0, '']);
  const [token] = JSON.parse(stdout) as { readonly text: string }[];
  writeFileSync(file, `${token?.text}\n`);
}

/** Faults on both ways until the next certificate is there. */
async function renewalUnderFaults(
  context: TestContext,
  collector: CollectorProgram,
  { session, enrollment }: Wires,
  deck: FaultDeck<Fault>,
): Promise<void> {
  const before = (await proofs(collector)).length;
  for (const wire of [session, enrollment]) {
    for (const { name, fault, random } of deck.deal(1)) {
      context.diagnostic(`${name} on the way to the ${wire === session ? 'collector' : 'issuer'}`);
      await fault(wire, random);
    }
  }
  await eventually(
    () => proofs(collector),
    (all) => all.length > before,
    PATIENCE_S,
  );
  session.heal();
  enrollment.heal();
}

/** The collector is away until the certificate has expired; the agent is told of events and new names meanwhile. */
async function expiryInOutage(
  collector: CollectorProgram,
  agent: Program,
  node: FaultNode,
  tokenFile: string,
): Promise<void> {
  const last = (await proofs(collector)).length;
  await collector.end('SIGKILL');
  await putToken(collector, tokenFile);
  const expired = sleep(LIFE_S * 1000);
  await node.loseEngine(agent);
  await node.tag('in-outage:1');
  await expired;
  await collector.start();
  await eventually(
    () => proofs(collector),
    (all) => all.length > last,
    PATIENCE_S,
  );
}

const skip = needsRoot() || needsCommands('containerd', 'ctr');

test(
  'certificates that are renewed under faults, or expire in an outage, cost nothing but time',
  { skip },
  async (context) => {
    const { node, bench } = await faultPlace(context, IMAGES);
    const { caFile } = bench.tls('collector').files;
    const enrollPort = await freePort();
    const flags = [
      ...['--enroll-listen', `127.0.0.1:${enrollPort}`, '--enroll-ca-cert', caFile],
      ...['--enroll-ca-key', caFile.replace(/crt$/, 'key'), '--node-certificate-life', `${LIFE_S}s`],
      // The agent looks for a new certificate with every session: twice in the life of one.
      ...['--session-lifetime', '5s'],
    ];
    const collector = await bench.collector('collector', flags, {
      command: [process.execPath, SHORT_LIVED],
    });
    const tokenFile = join(bench.folder, 'join-token');
    await collector.end();
    await putToken(collector, tokenFile);
    await collector.start();
    const wires: Wires = {
      session: await startTcpProxy(collector.grpcPort),
      enrollment: await startTcpProxy(enrollPort),
    };
    context.after(() => Promise.all([wires.session.close(), wires.enrollment.close()]));
    const agent = bench.agent('agent', wires.session.port, [
      ...[...node.flags, '--join-token-file', tokenFile],
      ...['--enroll', `127.0.0.1:${wires.enrollment.port}`],
      // The certificate that the bench makes is not this node's.
      ...['--tls-cert', join(bench.folder, 'none.crt'), '--tls-key', join(bench.folder, 'none.key')],
    ]);
    await agent.start();
    const deck = new FaultDeck(FAULTS);
    // Two faults in each, one for each way.
    const rounds = faultRounds(deck.size / 2);
    context.diagnostic(`seed ${FAULT_SEED}, ${rounds} rounds`);
    await assertConverges(context, collector.api, node);
    for (let round = 0; round < rounds; round += 1) {
      await node.tag(`round-${round}:1`);
      await renewalUnderFaults(context, collector, wires, deck);
    }
    const [joined, ...renewed] = (await proofs(collector)).toReversed();
    assert.equal(joined, 'join-token');
    assert.deepEqual(new Set(renewed), new Set(['renewal']), 'none expired while it could be renewed');
    await assertConverges(context, collector.api, node);

    await expiryInOutage(collector, agent, node, tokenFile);
    await eventually(
      () => proofs(collector),
      (all) => all.filter((proof) => proof === 'join-token').length === 2,
      PATIENCE_S,
    );
    const events = await assertWhole(context, { bench, node, collector, agent });
    assert.equal(events.length, 2);
    assertAlternating(events);
  },
);
