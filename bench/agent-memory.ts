import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDevelopmentCertificates } from '../platform/certificates.ts';
import { startContainerd } from '../test/support/containerd.ts';
import { ALLOCATOR } from './support/allocator.ts';
import { compiled } from './support/compiled.ts';
import { importImages } from './support/image.ts';
import { debianLayer, goLayer, nestedJarsLayer, nodeLayer } from './support/layers.ts';
import { mebibytes, say, sayMachine } from './support/report.ts';
import { inWorkplace, type Workplace } from './support/workplace.ts';

// What a real agent has resident: idle before there is anything to read, at the peak of a first scan, and idle after.
// Budget: 96 MiB idle, 160 MiB while cataloguing. Limit: a Node process that does nothing.
// npx node bench/agent-memory.ts   (root, Debian; TALLYMAN_BENCH_CACHE=FOLDER keeps the Debian layer for the next run)

const IDLE_BUDGET = 96 * 2 ** 20;
const PEAK_BUDGET = 160 * 2 ** 20;
const SETTLE_MS = 10_000;
/** The scanning thread ends after 20 s with nothing to do. */
const AFTER_MS = 45_000;

function memory(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const line = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? 0) * 1024;
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

async function metric(address: string, name: string): Promise<number> {
  const text = await (await fetch(`http://${address}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith(name));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

await inWorkplace('memory', async (place) => {
  sayMachine();
  const dist = await compiled(place);
  const debian = await debianLayer(place, 'full');
  const jars = await nestedJarsLayer(place, debian);
  const layers = [debian, jars, await nodeLayer(place), await goLayer(place)];
  const engine = await startContainerd({ cri: false });
  place.onEnd(() => engine.stop());
  const bare = start(place, ['-e', 'setInterval(() => {}, 1e9); process.send({})']);
  await ready(bare);

  const certificates = join(place.folder, 'certs');
  await createDevelopmentCertificates(certificates, { nodes: ['bench'], serverNames: ['127.0.0.1'] });
  const tls = (name: string): string[] => [
    ...['--tls-ca', join(certificates, 'ca.crt'), '--tls-cert', join(certificates, `${name}.crt`)],
    ...['--tls-key', join(certificates, `${name}.key`), '--log-level', 'error'],
  ];
  const main = join(dist, 'cli/main.js');
  const listen = ['--grpc-listen', '127.0.0.1:0', '--http-listen', '127.0.0.1:0'];
  const collector = start(place, [
    main,
    'collector',
    ...listen,
    '--data-dir',
    join(place.folder, 'data'),
    ...tls('collector'),
  ]);
  const { grpc = '' } = await ready(collector);
  const agent = start(place, [
    ...[main, 'agent', '--node', 'bench', '--collector', grpc, '--state-dir', join(place.folder, 'state')],
    ...[
      '--containerd-address',
      engine.address,
      '--docker-address',
      'none',
      '--metrics-listen',
      '127.0.0.1:0',
    ],
    ...tls('bench'),
  ]);
  const { metrics = '' } = await ready(agent);
  const pid = agent.pid ?? 0;

  await sleep(SETTLE_MS);
  const idle = memory(pid, 'VmRSS');
  await importImages(engine, place.folder, [{ name: 'bench.invalid/large:1', layers }]);
  while ((await metric(metrics, 'tallyman_agent_images_scanned_total')) < 1) await sleep(100);
  await sleep(2000);
  const peak = memory(pid, 'VmHWM');
  await sleep(AFTER_MS);
  const after = memory(pid, 'VmRSS');
  const nothing = memory(bare.pid ?? 0, 'VmRSS');

  const against = (bytes: number): string =>
    `${(bytes / nothing).toFixed(2)} times a Node process that does nothing`;
  say('Node that does nothing', mebibytes(nothing));
  say(
    'agent, idle on an empty node',
    mebibytes(idle),
    `${(idle / IDLE_BUDGET).toFixed(2)} of the budget`,
    against(idle),
  );
  say(
    'agent, peak of a first scan',
    mebibytes(peak),
    `${(peak / PEAK_BUDGET).toFixed(2)} of the budget`,
    against(peak),
  );
  say(
    'agent, idle after it',
    mebibytes(after),
    `${(after / IDLE_BUDGET).toFixed(2)} of the budget`,
    against(after),
  );
});
