import { setTimeout as sleep } from 'node:timers/promises';
import { startContainerd } from '../test/support/containerd.ts';
import { startAgentProcess, startIdleNode } from './support/agent.ts';
import { compiled } from './support/compiled.ts';
import { importImages } from './support/image.ts';
import { debianLayer, goLayer, nestedJarsLayer, nodeLayer } from './support/layers.ts';
import { memoryOf } from './support/other-process.ts';
import { mebibytes, say, sayMachine } from './support/report.ts';
import { inWorkplace } from './support/workplace.ts';

// What a real agent has resident: idle before there is anything to read, at the peak of a first scan, and idle after.
// Budget: 96 MiB idle, 160 MiB while cataloguing. Limit: a Node process that does nothing.
// npx node bench/agent-memory.ts   (root, Debian; TALLYMAN_BENCH_CACHE=FOLDER keeps the Debian layer for the next run)

const IDLE_BUDGET = 96 * 2 ** 20;
const PEAK_BUDGET = 160 * 2 ** 20;
const SETTLE_MS = 10_000;
/** The scanning thread ends after 20 s with nothing to do. */
const AFTER_MS = 45_000;

await inWorkplace('memory', async (place) => {
  sayMachine();
  const dist = await compiled(place);
  const debian = await debianLayer(place, 'full');
  const jars = await nestedJarsLayer(place, debian);
  const layers = [debian, jars, await nodeLayer(place), await goLayer(place)];
  const engine = await startContainerd({ cri: false });
  place.onEnd(() => engine.stop());
  const bare = await startIdleNode(place);
  const agent = await startAgentProcess(place, dist, { containerd: engine.address });
  const { pid } = agent;

  await sleep(SETTLE_MS);
  const idle = memoryOf(pid, 'VmRSS');
  await importImages(engine, place.folder, [{ name: 'bench.invalid/large:1', layers }]);
  while ((await agent.metrics())('tallyman_agent_images_scanned_total') < 1) await sleep(100);
  await sleep(2000);
  const peak = memoryOf(pid, 'VmHWM');
  await sleep(AFTER_MS);
  const after = memoryOf(pid, 'VmRSS');
  const nothing = memoryOf(bare, 'VmRSS');

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
