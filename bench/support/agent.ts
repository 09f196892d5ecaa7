import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createDevelopmentCertificates } from '../../platform/certificates.ts';
import { ALLOCATOR } from './allocator.ts';
import type { Workplace } from './workplace.ts';

/** A real agent and its collector, each a process of its own, as `./tallyman` starts them. */
export interface AgentProcess {
  readonly pid: number;
  /** Its state folder. */
  readonly stateDir: string;
  /** Reads its metrics once. The function gives the sum over a metric's samples whose labels hold `label`. */
  metrics(): Promise<(name: string, label?: string) => number>;
  /** Ends both before the benchmark's end. */
  stop(): Promise<void>;
}

export interface AgentEngines {
  /** Sockets; absent for an engine that the agent is not to look at. */
  readonly containerd?: string;
  readonly docker?: string;
}

export interface AgentStart {
  /** For the agent. */
  readonly args?: readonly string[];
  /** Tells several of one benchmark apart. */
  readonly name?: string;
  /** No collector is there to be found. */
  readonly isAlone?: boolean;
}

/** Nobody listens there. */
const NOWHERE = '127.0.0.1:1';

/** They end with the benchmark. */
export async function startAgentProcess(
  place: Workplace,
  dist: string,
  { containerd = 'none', docker = 'none' }: AgentEngines,
  { args = [], name = 'agent', isAlone = false }: AgentStart = {},
): Promise<AgentProcess> {
  const folder = join(place.folder, name);
  const certificates = join(folder, 'certs');
  await createDevelopmentCertificates(certificates, { nodes: ['bench'], serverNames: ['127.0.0.1'] });
  const tls = (name: string): string[] => [
    ...['--tls-ca', join(certificates, 'ca.crt'), '--tls-cert', join(certificates, `${name}.crt`)],
    ...['--tls-key', join(certificates, `${name}.key`), '--log-level', 'error'],
  ];
  const main = join(dist, 'cli/main.js');
  const collectorArgs = ['--grpc-listen', '127.0.0.1:0', '--http-listen', '127.0.0.1:0'];
  const data = ['--data-dir', join(folder, 'data')];
  const collector = isAlone
    ? undefined
    : start(place, [main, 'collector', ...collectorArgs, ...data, ...tls('collector')]);
  const { grpc = NOWHERE } = collector === undefined ? {} : await ready(collector);
  const engines = ['--containerd-address', containerd, '--docker-address', docker];
  const stateDir = join(folder, 'state');
  const agentArgs = ['--node', 'bench', '--collector', grpc, '--state-dir', stateDir];
  const agent = start(place, [
    ...[main, 'agent', ...agentArgs, ...engines, '--metrics-listen', '127.0.0.1:0', ...tls('bench')],
    ...args,
  ]);
  const { metrics = '' } = await ready(agent);
  return {
    pid: agent.pid ?? 0,
    stateDir,
    async metrics() {
      const text = await (await fetch(`http://${metrics}/metrics`)).text();
      const lines = text.split('\n');
      return (name, label = '') =>
        lines
          .filter((line) => line.startsWith(name) && line.includes(label))
          .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
    },
    async stop() {
      await end(agent);
      if (collector !== undefined) await end(collector);
    },
  };
}

/** A Node process that does nothing, to compare with. Answers its pid; it ends with the benchmark. */
export async function startIdleNode(place: Workplace): Promise<number> {
  const child = start(place, ['-e', 'setInterval(() => {}, 1e9); process.send({})']);
  await ready(child);
  return child.pid ?? 0;
}

function start(place: Workplace, args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...ALLOCATOR },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  place.onEnd(() => end(child));
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

async function ready(child: ChildProcess): Promise<Record<string, string>> {
  const [addresses] = (await once(child, 'message')) as [Record<string, string>];
  return addresses;
}
