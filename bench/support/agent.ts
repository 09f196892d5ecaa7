import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createDevelopmentCertificates } from '../../platform/certificates.ts';
import { ALLOCATOR } from './allocator.ts';
import type { Workplace } from './workplace.ts';

/** A real agent and its collector, each a process of its own, as `./tallyman` starts them. */
export interface AgentProcess {
  readonly pid: number;
  /** Reads its metrics once. The function gives the sum over a metric's samples whose labels hold `label`. */
  metrics(): Promise<(name: string, label?: string) => number>;
}

/** They end with the benchmark. `args` go to the agent. */
export async function startAgentProcess(
  place: Workplace,
  dist: string,
  containerd: string,
  args: readonly string[] = [],
): Promise<AgentProcess> {
  const certificates = join(place.folder, 'certs');
  await createDevelopmentCertificates(certificates, { nodes: ['bench'], serverNames: ['127.0.0.1'] });
  const tls = (name: string): string[] => [
    ...['--tls-ca', join(certificates, 'ca.crt'), '--tls-cert', join(certificates, `${name}.crt`)],
    ...['--tls-key', join(certificates, `${name}.key`), '--log-level', 'error'],
  ];
  const main = join(dist, 'cli/main.js');
  const collectorArgs = ['--grpc-listen', '127.0.0.1:0', '--http-listen', '127.0.0.1:0'];
  const data = ['--data-dir', join(place.folder, 'data')];
  const collector = start(place, [main, 'collector', ...collectorArgs, ...data, ...tls('collector')]);
  const { grpc = '' } = await ready(collector);
  const engines = ['--containerd-address', containerd, '--docker-address', 'none'];
  const agentArgs = ['--node', 'bench', '--collector', grpc, '--state-dir', join(place.folder, 'state')];
  const agent = start(place, [
    ...[main, 'agent', ...agentArgs, ...engines, '--metrics-listen', '127.0.0.1:0', ...tls('bench')],
    ...args,
  ]);
  const { metrics = '' } = await ready(agent);
  return {
    pid: agent.pid ?? 0,
    async metrics() {
      const text = await (await fetch(`http://${metrics}/metrics`)).text();
      const lines = text.split('\n');
      return (name, label = '') =>
        lines
          .filter((line) => line.startsWith(name) && line.includes(label))
          .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
    },
  };
}

function start(place: Workplace, args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...ALLOCATOR },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  place.onEnd(async () => {
    if (child.exitCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  });
  return child;
}

async function ready(child: ChildProcess): Promise<Record<string, string>> {
  const [addresses] = (await once(child, 'message')) as [Record<string, string>];
  return addresses;
}
