import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDevelopmentCertificates } from '../platform/certificates.ts';
import type { FleetShape } from '../test/support/fleet.ts';
import { ALLOCATOR, COLLECTOR_NODE_OPTIONS } from './support/allocator.ts';
import { compiled } from './support/compiled.ts';
import { startDatabase, type BenchDatabase } from './support/database.ts';
import type { FleetAgentsCount, FleetAgentsOrder, FleetAgentsWord } from './support/fleet-agents-process.ts';
import { cpuMsOf, memoryOf } from './support/other-process.ts';
import { mebibytes, ms, say, sayMachine } from './support/report.ts';
import { sum } from './support/sum.ts';
import { inWorkplace, type Workplace } from './support/workplace.ts';

// A real collector with real sessions of made-up nodes (50 images each, drawn from 500): all connect at once and bring
// their node's state, then nothing changes, then one node in a hundred does. Questions are asked meanwhile.
// Budget with 10,000 steady agents: one core, 512 MiB; a question: 50 ms. Limit: what a bare HTTP/2 server of Node needs.
// In a network namespace of its own, so that the bytes on the wire are the sessions'. PostgreSQL is a server of the
// benchmark's own, on a socket; what follows it are flags for the collector's Node.
// npx node bench/fleet.ts [AGENTS=1000] [STORE=sqlite|postgres] [FLAG...]   (root)

const AGENTS = Number(process.argv[2] ?? 1000);
const STORE = process.argv[3] ?? 'sqlite';
const FLAGS = process.argv.slice(4);
const PROCESSES = 4;
/** Until the collector has seen that it is quiet now, and given memory back. */
const CALM_MS = 90_000;
const STEADY_MS = 90_000;
const QUESTIONS = 100;
/** What the clients of the bare server send: a word, or about as much as an agent when it is new. */
const BARE_WORD_BYTES = 16;
const BARE_STATE_BYTES = 128 * 1024;
const MEMORY_BUDGET = 512 * 2 ** 20;
const QUESTION_BUDGET_MS = 50;
/** Between two looks at how far all are, ms: looking costs the collector the more the larger the fleet is. */
const LOOK_MS = Math.max(200, AGENTS / 5);
const SHAPE: FleetShape = {
  seed: 1,
  nodes: AGENTS,
  images: 500,
  imagesPerNode: 50,
  containersPerNode: 30,
  processesPerNode: 40,
  packages: 300,
};

interface Summary {
  readonly nodes: number;
  readonly connected: number;
  readonly images: number;
  readonly imagesWithoutPackages: number;
  readonly containers: number;
  readonly processes: number;
}

/** What the collector and the loopback interface have done so far. */
interface Meter {
  readonly at: number;
  readonly cpuMs: number;
  /** Of the database server, where there is one. */
  readonly databaseCpuMs: number | undefined;
  readonly wireBytes: number;
}

/** In the namespace: a port for each agent, and for those it tried before. */
const PREPARATION = 'ip link set lo up && echo 1024 65535 >/proc/sys/net/ipv4/ip_local_port_range';

if (process.env['TALLYMAN_BENCH_NAMESPACE'] === undefined) process.exitCode = await inNamespace();
else await inWorkplace('fleet', measure);

async function inNamespace(): Promise<number> {
  const child = spawn(
    'unshare',
    ['--net', 'sh', '-c', `${PREPARATION} && exec "$0" "$@"`, process.execPath, ...process.argv.slice(1)],
    { env: { ...process.env, TALLYMAN_BENCH_NAMESPACE: '1' }, stdio: 'inherit' },
  );
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

async function measure(place: Workplace): Promise<void> {
  sayMachine();
  say('agents', `${AGENTS}`, `store ${STORE}`, ...FLAGS);
  const dist = await compiled(place);
  const certificates = join(place.folder, 'certs');
  await createDevelopmentCertificates(certificates, {
    nodes: ['bench'],
    serverNames: ['127.0.0.1', 'localhost'],
  });
  const groups = await Promise.all(
    Array.from({ length: PROCESSES }, (_, at) => {
      const share = (part: number): number => Math.floor((AGENTS * part) / PROCESSES);
      const order = { shape: SHAPE, from: share(at), to: share(at + 1), certificates };
      return startAgents(place, dist, order);
    }),
  );
  const bare = await bareHttp2(place, dist, certificates, BARE_WORD_BYTES);
  say('limit: a bare HTTP/2 server of Node, over TLS', `${kibibytes(bare)} a connection`);
  const used = await bareHttp2(place, dist, certificates, BARE_STATE_BYTES);
  say('  the same after each has sent as much as a state', `${kibibytes(used)} a connection`);
  const database = STORE === 'postgres' ? await startDatabase(place) : undefined;
  const collector = await startCollector(place, dist, certificates, database);
  const { pid } = collector;
  const meter = (): Meter => meterOf(pid, database);
  const empty = memoryOf(pid, 'VmRSS');
  say('collector, no agent yet', mebibytes(empty));

  const begun = meter();
  for (const group of groups) tell(group, { say: 'connect', target: collector.grpc });
  await collector.until(({ connected }) => connected === AGENTS);
  sayPhase('all connected', begun, meter());
  const counts = await Promise.all(groups.map(count));
  sayPercentiles(
    'an agent is welcome after',
    counts.flatMap(({ connectMs }) => connectMs),
  );
  say('  connections that were not let in', `${await collector.turnedAway()}`);

  const expected = {
    containers: AGENTS * SHAPE.containersPerNode,
    processes: AGENTS * SHAPE.processesPerNode,
  };
  await collector.until(
    ({ containers, processes, imagesWithoutPackages }) =>
      containers === expected.containers && processes === expected.processes && imagesWithoutPackages === 0,
  );
  const synced = meter();
  sayPhase('all of their state and content stored, with that', begun, synced);
  say('  a second', `${(AGENTS / ((synced.at - begun.at) / 1000)).toFixed(1)} nodes`);
  say('  the agents themselves, since their start', ms(sum(groups.map((one) => cpuMsOf(one.pid ?? 0)))));
  say('collector after it', mebibytes(memoryOf(pid, 'VmRSS')), `peak ${mebibytes(memoryOf(pid, 'VmHWM'))}`);

  await sleep(CALM_MS);
  const still = meter();
  await sleep(STEADY_MS);
  saySteady('steady, nothing changes', still, meter());
  const memory = memoryOf(pid, 'VmRSS');
  say(
    'collector, steady',
    mebibytes(memory),
    `${(memory / MEMORY_BUDGET).toFixed(2)} of the budget for 10,000`,
    `${kibibytes((memory - empty) / AGENTS)} an agent`,
    `${((memory - empty) / AGENTS / bare).toFixed(2)} times the limit`,
  );

  const changing = meter();
  const changed = Math.ceil(AGENTS / 100);
  for (const group of groups) tell(group, { say: 'change', nodes: Math.ceil(changed / PROCESSES) });
  const containers = expected.containers + PROCESSES * Math.ceil(changed / PROCESSES);
  await collector.until((summary) => summary.containers === containers);
  sayPhase('one node in a hundred has one container more', changing, meter());

  for (const question of ['openssl <2', 'lodash >=2.0.0 <2.5.0', 'pkg:npm/lodash@1.2.3']) {
    const times: number[] = [];
    for (let at = 0; at < QUESTIONS; at += 1) {
      const asked = performance.now();
      await collector.get(`where?q=${encodeURIComponent(question)}`);
      times.push(performance.now() - asked);
    }
    sayPercentiles(`where ${question} (budget ${QUESTION_BUDGET_MS} ms)`, times);
  }
  const ordered = meter();
  const plan = { id: 'bench-1', issuer: 'bench', atOnce: 1000 };
  await collector.post('cleanup/plans', plan);
  for (;;) {
    const { state } = (await collector.get('cleanup/plans/bench-1')) as { readonly state: string };
    if (state === 'whole') break;
    await sleep(LOOK_MS);
  }
  sayPhase('one command to all: cleanup plans of every node', ordered, meter());
  say('collector at the end', mebibytes(memoryOf(pid, 'VmRSS')), `peak ${mebibytes(memoryOf(pid, 'VmHWM'))}`);
}

/** Bytes that Node itself needs to hold a connection of a client with a certificate, and nothing of ours. */
async function bareHttp2(
  place: Workplace,
  dist: string,
  certificates: string,
  bytes: number,
): Promise<number> {
  const connections = Math.min(AGENTS, 1000);
  const program = join(dist, 'bench/support/bare-http2-process.js');
  const start = (...args: readonly string[]): ChildProcess => {
    const child = fork(program, args, { env: { ...process.env, ...ALLOCATOR } });
    place.onEnd(() => child.kill('SIGKILL'));
    return child;
  };
  const server = start('server', certificates);
  const [{ port }] = (await once(server, 'message')) as [{ readonly port: number }];
  const before = memoryOf(server.pid ?? 0, 'VmRSS');
  const client = start('client', certificates, String(port), String(connections), String(bytes));
  await once(client, 'message');
  await sleep(2000);
  const each = (memoryOf(server.pid ?? 0, 'VmRSS') - before) / connections;
  client.kill('SIGKILL');
  server.kill('SIGKILL');
  return each;
}

async function startAgents(place: Workplace, dist: string, order: FleetAgentsOrder): Promise<ChildProcess> {
  const child = fork(join(dist, 'bench/support/fleet-agents-process.js'), [JSON.stringify(order)]);
  place.onEnd(async () => {
    if (!child.connected) return;
    tell(child, { say: 'end' });
    await once(child, 'exit');
  });
  await once(child, 'message');
  return child;
}

function tell(group: ChildProcess, word: FleetAgentsWord): void {
  group.send(word);
}

async function count(group: ChildProcess): Promise<FleetAgentsCount> {
  tell(group, { say: 'count' });
  const [answer] = (await once(group, 'message')) as [FleetAgentsCount];
  return answer;
}

async function startCollector(
  place: Workplace,
  dist: string,
  certificates: string,
  database: BenchDatabase | undefined,
) {
  const store = database ? ['--store', database.url] : ['--data-dir', join(place.folder, 'data')];
  const tls = ['--tls-ca', join(certificates, 'ca.crt')];
  const pair = [
    '--tls-cert',
    join(certificates, 'collector.crt'),
    '--tls-key',
    join(certificates, 'collector.key'),
  ];
  const listen = ['--grpc-listen', '127.0.0.1:0', '--http-listen', '127.0.0.1:0', '--log-level', 'error'];
  // All agents come from one address here, as through a proxy.
  const door = ['--max-handshakes-per-address', '2000'];
  const args = [
    ...FLAGS,
    join(dist, 'cli/main.js'),
    'collector',
    ...listen,
    ...store,
    ...tls,
    ...pair,
    ...door,
  ];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...ALLOCATOR, NODE_OPTIONS: COLLECTOR_NODE_OPTIONS, ...database?.env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  place.onEnd(async () => {
    if (child.exitCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  });
  const [{ grpc, http }] = (await once(child, 'message')) as [{ grpc: string; http: string }];
  const get = async (path: string): Promise<unknown> => {
    const response = await fetch(`http://${http}/api/v1/${path}`);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return await response.json();
  };
  const post = async (path: string, body: unknown): Promise<void> => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`http://${http}/api/v1/${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    await response.arrayBuffer();
  };
  return {
    post,
    pid: child.pid ?? 0,
    grpc: grpc.replace(/^.*:/, 'localhost:'),
    get,
    /** Connections that came too many at a time, or took too long. */
    async turnedAway() {
      const text = await (await fetch(`http://${http}/metrics`)).text();
      const counts = text.matchAll(/^tallyman_connections_turned_away_total\{.*\} (\d+)$/gm);
      return sum([...counts].map(([, count]) => Number(count)));
    },
    async until(isSo: (summary: Summary) => boolean) {
      while (!isSo((await get('summary')) as Summary)) await sleep(LOOK_MS);
    },
  };
}

function meterOf(pid: number, database: BenchDatabase | undefined): Meter {
  const line = readFileSync('/proc/net/dev', 'utf8')
    .split('\n')
    .find((one) => one.trimStart().startsWith('lo:'));
  return {
    at: performance.now(),
    cpuMs: cpuMsOf(pid),
    databaseCpuMs: database?.cpuMs(),
    wireBytes: Number(line?.trim().split(/\s+/)[1] ?? 0),
  };
}

function sayPhase(what: string, before: Meter, after: Meter): void {
  const wire = after.wireBytes - before.wireBytes;
  say(
    what,
    ms(after.at - before.at),
    `${ms(after.cpuMs - before.cpuMs)} of the collector's CPU`,
    ...databaseCpu(before, after),
    `${mebibytes(wire)} on the wire, ${(wire / AGENTS / 1024).toFixed(1)} KiB an agent`,
  );
}

function databaseCpu(before: Meter, after: Meter): readonly string[] {
  if (before.databaseCpuMs === undefined || after.databaseCpuMs === undefined) return [];
  return [`${ms(after.databaseCpuMs - before.databaseCpuMs)} of the database's`];
}

function saySteady(what: string, before: Meter, after: Meter): void {
  const seconds = (after.at - before.at) / 1000;
  const cores = (after.cpuMs - before.cpuMs) / 1000 / seconds;
  const wire = (after.wireBytes - before.wireBytes) / seconds / AGENTS;
  say(
    what,
    `${cores.toFixed(3)} cores of the budget of 1 for 10,000`,
    ...databaseCpu(before, after),
    `${wire.toFixed(1)} bytes a second an agent`,
  );
}

function kibibytes(bytes: number): string {
  return `${(bytes / 1024).toFixed(0)} KiB`;
}

function sayPercentiles(what: string, values: readonly number[]): void {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number): string => ms(sorted[Math.floor((sorted.length - 1) * part)] ?? 0);
  say(what, `median ${at(0.5)}`, `95th percentile ${at(0.95)}`, `most ${at(1)}`);
}
