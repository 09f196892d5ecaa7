import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startAgent, type Agent } from '../../agent/main.ts';
import { agentSettings } from '../../agent/settings.ts';
import { ApiClient } from '../../cli/api-client.ts';
import { startCollector } from '../../collector/main.ts';
import { collectorSettings } from '../../collector/settings.ts';
import { createDevelopmentCertificates } from '../../platform/certificates.ts';
import { resolveSettings } from '../../platform/config.ts';
import { createLogger } from '../../platform/logging.ts';

export interface SystemOptions {
  /** Socket paths; `none` when absent. */
  readonly containerd?: string;
  readonly docker?: string;
  /** More of the agent's settings, as flags. */
  readonly agent?: Readonly<Record<string, string>>;
}

/** A collector and an agent in this process, with real certificates over loopback. */
export interface TestSystem {
  readonly api: ApiClient;
  readonly agent: Agent;
  /** The agent's state folder. */
  readonly stateDir: string;
  /** Ends the agent and starts it anew on the same state. */
  restartAgent(): Promise<void>;
  /** A counter or gauge of the agent, summed over its labels. */
  agentMetric(name: string): Promise<number>;
  stop(): Promise<void>;
}

export const TEST_NODE = 'node-under-test';

export async function startSystem(options: SystemOptions): Promise<TestSystem> {
  const folder = await mkdtemp(join(tmpdir(), 'tallyman-system-'));
  const certificates = join(folder, 'certs');
  await createDevelopmentCertificates(certificates, { nodes: [TEST_NODE], serverNames: ['127.0.0.1'] });
  const tls = (name: string): Record<string, string> => ({
    tlsCa: join(certificates, 'ca.crt'),
    tlsCert: join(certificates, `${name}.crt`),
    tlsKey: join(certificates, `${name}.key`),
  });
  const logger = createLogger({ component: 'test', level: 'silent' });
  const collector = await startCollector(
    resolveSettings(collectorSettings, {
      flags: {
        grpcListen: '127.0.0.1:0',
        httpListen: '127.0.0.1:0',
        dataDir: join(folder, 'collector'),
        ...tls('collector'),
      },
      env: {},
    }),
    { logger, version: '0.0.0' },
  );
  const settings = resolveSettings(agentSettings, {
    flags: {
      node: TEST_NODE,
      collector: collector.grpcAddress,
      stateDir: join(folder, 'agent'),
      metricsListen: '127.0.0.1:0',
      processInterval: '1s',
      // The machine may be as busy as it likes.
      scanMemoryPressure: '100',
      scanIoPressure: '100',
      containerdAddress: options.containerd ?? 'none',
      dockerAddress: options.docker ?? 'none',
      ...tls(TEST_NODE),
      ...options.agent,
    },
    env: {},
  });
  let agent = await startAgent(settings, { logger, version: '0.0.0' });
  return {
    api: new ApiClient(`http://${collector.httpAddress}`),
    stateDir: join(folder, 'agent'),
    get agent() {
      return agent;
    },
    async restartAgent() {
      await agent.close();
      agent = await startAgent(settings, { logger, version: '0.0.0' });
    },
    async agentMetric(name) {
      const text = await (await fetch(`http://${agent.metricsAddress}/metrics`)).text();
      const samples = text
        .split('\n')
        .filter((line) => line.startsWith(name) && /^[{ ]/.test(line.slice(name.length)));
      return samples.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
    },
    async stop() {
      await agent.close();
      await collector.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Asks until the answer satisfies; throws with the last answer after `seconds`, however busy the machine is. */
export async function eventually<T>(
  ask: () => Promise<T>,
  satisfies: (answer: T) => boolean,
  seconds = 120,
): Promise<T> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const answer = await ask().catch((error: unknown) => error as T);
    if (!(answer instanceof Error) && satisfies(answer)) return answer;
    if (performance.now() > deadline) {
      throw new Error(
        `not within ${seconds} s; last: ${answer instanceof Error ? answer.message : JSON.stringify(answer).slice(0, 2000)}`,
      );
    }
    await sleep(100);
  }
}
