import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CONTROL_SOCKET } from '../agent/tasks/control-server.ts';
import { agentClient } from '../cli/cleanup/client.ts';
import { ociArchive } from '../cli/demo/oci-image.ts';
import { startContainerd } from '../test/support/containerd.ts';
import { startAgentProcess } from './support/agent.ts';
import { busiestMinute, type CpuReading } from './support/busiest-minute.ts';
import { ANY_AGE, MAY_REMOVE } from './support/cleaning.ts';
import { compiled } from './support/compiled.ts';
import { importImages, type ImagePlan } from './support/image.ts';
import { debianLayer, goLayer, nodeLayer } from './support/layers.ts';
import { manyImages } from './support/many-images.ts';
import { cpuMsOf } from './support/other-process.ts';
import { ms, say, sayMachine } from './support/report.ts';
import { command, inWorkplace } from './support/workplace.ts';

// How late the agent's main thread, on which the session runs, comes to its work while images are scanned for the first
// time, stored, merged and sent, and a cleanup of what nobody uses is planned again and again. Limit: 50 ms. And how much
// of a core the agent takes in its busiest minute. Limit: its CPU budget.
// The agent's main thread alone has real-time priority meanwhile: what is measured is how long it waits for the agent's own
// work, not for a processor that others have.
// node bench/event-loop.ts [small]   (root, Debian; TALLYMAN_BENCH_CACHE=FOLDER keeps the Debian layer for the next run)

const LIMIT_MS = 50;
/** The default of the agent's `scan-cpu`, in cores. */
const CPU_BUDGET = 0.25;
/** Little ones besides, so that a plan has something to weigh. */
const FURTHER_IMAGES = 100;
/** Between two plans. */
const PLAN_MS = 2000;
/** What was read is stored, merged and sent by then, the reading thread has ended, and garbage was collected. */
const SENT_MS = 40_000;
const DELAY = 'tallyman_agent_event_loop_delay_seconds';

await inWorkplace('event-loop', async (place) => {
  sayMachine();
  const dist = await compiled(place);
  const isSmall = process.argv[2] === 'small';
  const debian = await debianLayer(place, isSmall ? 'bare' : 'full');
  const further = isSmall ? [] : [await nodeLayer(place), await goLayer(place)];
  const images: ImagePlan[] = [
    { name: 'bench.invalid/debian:1', layers: [debian] },
    { name: 'bench.invalid/app:1', layers: [debian, ...further] },
  ].slice(isSmall ? 1 : 0);
  const engine = await startContainerd({ cri: false });
  place.onEnd(() => engine.stop());
  await importImages(engine, place.folder, images);
  await engine.importArchive(ociArchive(manyImages(0, FURTHER_IMAGES)));
  const agent = await startAgentProcess(
    place,
    dist,
    { containerd: engine.address },
    { args: [...MAY_REMOVE, '--scan-cpu', String(CPU_BUDGET)] },
  );
  // The main thread alone goes before all else that runs here, so that it waits for the agent's own work only.
  await command('chrt', ['--reset-on-fork', '--fifo', '--pid', '10', String(agent.pid)]);

  let max = 0;
  let p99 = 0;
  const cpu: CpuReading[] = [];
  let readings = await agent.metrics();
  async function look(): Promise<number> {
    // Each reading begins anew.
    readings = await agent.metrics();
    cpu.push({ atMs: performance.now(), cpuMs: cpuMsOf(agent.pid) });
    max = Math.max(max, readings(DELAY, 'quantile="1"') * 1000);
    p99 = Math.max(p99, readings(DELAY, 'quantile="0.99"') * 1000);
    return readings('tallyman_agent_images_scanned_total');
  }
  const plans = planning(join(agent.stateDir, CONTROL_SOCKET));
  while ((await look()) < images.length + FURTHER_IMAGES) await sleep(1000);
  // Delays are measured for a while after each reading only.
  for (let waited = 0; waited < SENT_MS; waited += 1000) {
    await sleep(1000);
    await look();
  }
  const planned = await plans.end();
  const against = `${(max / LIMIT_MS).toFixed(2)} of the limit`;
  const worst = `99th percentile of the worst second ${ms(p99)}`;
  const scanned = images.length + FURTHER_IMAGES;
  say(`main thread late, first scan of ${scanned} images`, `at most ${ms(max)}`, against, worst);
  say(
    'cleanup planned meanwhile',
    `${planned.times} times`,
    `${planned.images} images to go in the last plan`,
  );
  const used = readings('tallyman_agent_scan_cpu_seconds_total') * 1000;
  const paused = readings('tallyman_agent_scan_paused_seconds_total') * 1000;
  say('CPU time of the scans', ms(used), `paused for ${ms(paused)}`);
  const minute = busiestMinute(cpu);
  const cores = `${minute.cores.toFixed(3)} of a core over ${ms(minute.overMs)}`;
  say(
    'busiest minute of the whole agent',
    cores,
    `${(minute.cores / CPU_BUDGET).toFixed(2)} of the scans' budget`,
  );
});

/** Asks the agent for one plan after the other until it is told to end; nothing is removed. */
function planning(socket: string): {
  end(): Promise<{ readonly times: number; readonly images: number }>;
} {
  const client = agentClient(socket, AbortSignal.timeout(3_600_000));
  let isEnding = false;
  let times = 0;
  let images = 0;
  const running = (async () => {
    while (!isEnding) {
      const { plan } = await client.plan(ANY_AGE);
      times += 1;
      images = plan.items.filter(({ action }) => action === 'remove').length;
      await sleep(PLAN_MS);
    }
  })();
  // Awaited at the end; until then nobody hears of a failure.
  running.catch(() => undefined);
  return {
    async end() {
      isEnding = true;
      await running;
      return { times, images };
    },
  };
}
