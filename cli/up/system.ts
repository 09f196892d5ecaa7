import { createServer } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createDevelopmentCertificates } from '../../platform/certificates.ts';
import { startChild, type Child } from './child.ts';
import type { FoundEngines } from './engines.ts';

/** A collector and an agent of ours, running. */
export interface System {
  readonly node: string;
  /** Base address of the collector's API. */
  readonly api: string;
  /** Fulfilled when one of the two ends by itself, with a sentence. */
  readonly broken: Promise<string>;
  stop(): Promise<void>;
}

/** Starts a collector and an agent on this machine, all they keep in `folder`. */
export async function startSystem(folder: string, engines: FoundEngines): Promise<System> {
  const node = hostname();
  const certificates = join(folder, 'certs');
  await createDevelopmentCertificates(certificates, {
    nodes: [node],
    serverNames: ['127.0.0.1', 'localhost'],
  });
  const tls = (name: string): string[] => [
    ...['--tls-ca', join(certificates, 'ca.crt')],
    ...['--tls-cert', join(certificates, `${name}.crt`), '--tls-key', join(certificates, `${name}.key`)],
  ];
  const started: Child[] = [];
  try {
    const collector = await startChild(
      'collector',
      [
        ...['--grpc-listen', '127.0.0.1:0', '--http-listen', await freeAddress('127.0.0.1', 7480)],
        ...['--data-dir', join(folder, 'collector'), ...tls('collector')],
      ],
      join(folder, 'collector.log'),
    );
    started.push(collector);
    const agent = await startChild(
      'agent',
      [
        ...[
          '--node',
          node,
          '--collector',
          collector.ready['grpc'] ?? '',
          '--state-dir',
          join(folder, 'agent'),
        ],
        ...[
          '--containerd-address',
          engines.containerd ?? 'none',
          '--docker-address',
          engines.docker ?? 'none',
        ],
        ...['--metrics-listen', '127.0.0.1:0', '--process-interval', '5s', ...tls(node)],
      ],
      join(folder, 'agent.log'),
    );
    started.push(agent);
    return {
      node,
      api: `http://${collector.ready['http']}`,
      broken: Promise.race(
        started.map((child) => child.ended.then((lines) => `the ${child.name} ended: ${lines}`)),
      ),
      stop: () => stopAll(started),
    };
  } catch (error) {
    await stopAll(started);
    throw error;
  }
}

/** The agent before the collector, so that its last words arrive. */
async function stopAll(children: readonly Child[]): Promise<void> {
  for (const child of children.toReversed()) await child.stop();
}

/** The usual port when it is free, so that other commands find the collector; else any. */
async function freeAddress(host: string, port: number): Promise<string> {
  const free = await new Promise<boolean>((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, host, () => probe.close(() => resolve(true)));
  });
  return `${host}:${free ? port : 0}`;
}
