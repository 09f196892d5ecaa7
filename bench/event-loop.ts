import { setTimeout as sleep } from 'node:timers/promises';
import { startContainerd } from '../test/support/containerd.ts';
import { startAgentProcess } from './support/agent.ts';
import { compiled } from './support/compiled.ts';
import { importImages, type ImagePlan } from './support/image.ts';
import { debianLayer, goLayer, nodeLayer } from './support/layers.ts';
import { ms, say, sayMachine } from './support/report.ts';
import { command, inWorkplace } from './support/workplace.ts';

// How late the agent's main thread, on which the session runs, comes to its work while images are scanned for the first
// time, stored, merged and sent. Limit: 50 ms.
// node bench/event-loop.ts   (root, Debian; TALLYMAN_BENCH_CACHE=FOLDER keeps the Debian layer for the next run)

const LIMIT_MS = 50;
/** What was read is stored, merged and sent by then, the reading thread has ended, and garbage was collected. */
const SENT_MS = 40_000;
const DELAY = 'tallyman_agent_event_loop_delay_seconds';

await inWorkplace('event-loop', async (place) => {
  sayMachine();
  const dist = await compiled(place);
  const full = await debianLayer(place, 'full');
  const images: ImagePlan[] = [
    { name: 'bench.invalid/debian:1', layers: [full] },
    { name: 'bench.invalid/app:1', layers: [full, await nodeLayer(place), await goLayer(place)] },
  ];
  const engine = await startContainerd({ cri: false });
  place.onEnd(() => engine.stop());
  await importImages(engine, place.folder, images);
  const agent = await startAgentProcess(place, dist, { containerd: engine.address });
  // The main thread alone goes before all else that runs here, so that it waits for the agent's own work only.
  await command('chrt', ['--reset-on-fork', '--fifo', '--pid', '10', String(agent.pid)]);

  let max = 0;
  let p99 = 0;
  let readings = await agent.metrics();
  async function look(): Promise<number> {
    // Each reading begins anew.
    readings = await agent.metrics();
    max = Math.max(max, readings(DELAY, 'quantile="1"') * 1000);
    p99 = Math.max(p99, readings(DELAY, 'quantile="0.99"') * 1000);
    return readings('tallyman_agent_images_scanned_total');
  }
  while ((await look()) < images.length) await sleep(1000);
  // Delays are measured for a while after each reading only.
  for (let waited = 0; waited < SENT_MS; waited += 1000) {
    await sleep(1000);
    await look();
  }
  const against = `${(max / LIMIT_MS).toFixed(2)} of the limit`;
  const worst = `99th percentile of the worst second ${ms(p99)}`;
  say('main thread late, first scan of two images', `at most ${ms(max)}`, against, worst);
  const used = readings('tallyman_agent_scan_cpu_seconds_total') * 1000;
  const paused = readings('tallyman_agent_scan_paused_seconds_total') * 1000;
  say('CPU time of the scans', ms(used), `paused for ${ms(paused)}`);
});
