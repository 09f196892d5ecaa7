import { join } from 'node:path';
import { startContainerd } from '../test/support/containerd.ts';
import { compiled } from './support/compiled.ts';
import type { Cost } from './support/cost.ts';
import { dropCaches, findCost, sizeOf } from './support/find.ts';
import { importImages, whileMounted } from './support/image.ts';
import { copiedLayer, debianLayer, goLayer, nodeLayer } from './support/layers.ts';
import { cost, mebibytes, ms, ratio, say, sayMachine } from './support/report.ts';
import { scan } from './support/scanning.ts';
import { stages, type StageReport } from './support/stages.ts';
import { inWorkplace } from './support/workplace.ts';

// The first scan of an image in containerd, against what find(1) takes to list the same tree.
// Budget: three times as long as find, plus parsing.
// node bench/first-scan.ts [small]   (root, Debian; TALLYMAN_BENCH_CACHE=FOLDER keeps the Debian layer for the next run)

const IMAGE = 'bench.invalid/large:1';
const RUNS = 5;

await inWorkplace('first-scan', async (place) => {
  sayMachine();
  const dist = await compiled(place);
  const isSmall = process.argv[2] === 'small';
  const debian = await debianLayer(place, isSmall ? 'bare' : 'full');
  const python = isSmall
    ? []
    : [
        await copiedLayer(
          place,
          debian,
          'usr/lib/python3/dist-packages',
          'srv/venv/lib/python3.11/site-packages',
        ),
      ];
  const layers = [debian, ...python, await nodeLayer(place), ...(isSmall ? [] : [await goLayer(place)])];
  const engine = await startContainerd({ cri: false });
  place.onEnd(() => engine.stop());
  await importImages(engine, place.folder, [{ name: IMAGE, layers }]);

  const mount = join(place.folder, 'mounted');
  const size = await whileMounted(engine, IMAGE, mount, () => sizeOf(mount));
  say('image', `${mebibytes(size.bytes)}, ${size.names} names, ${layers.length} layers`);
  const listed = await whileMounted(engine, IMAGE, mount, () => findCost([mount]));
  say('find on the mounted image', cost(listed));

  const order = { dist, address: engine.address, images: [IMAGE] };
  const scans = await scan({ ...order, runs: RUNS });
  const [first] = scans;
  if (first === undefined) return;
  say('first scan by a process just started', cost(first), `${first.packages} packages`);
  say('  against find', ratio(first, listed));
  say('  written to disk, its memory of layers included', mebibytes(first.writtenBytes));
  const later = least(scans.slice(1));
  say(`first scan by a process that has run, best of ${RUNS - 1}`, cost(later));
  say('  against find', ratio(later, listed));

  const reports = await stages(dist, engine.address, IMAGE, { runs: RUNS });
  const best = reports.toSorted((a, b) => total(a) - total(b))[0];
  if (best === undefined) return;
  const perLayer = await findCost(best.paths);
  say('find on the layers as they lie', cost(perLayer));
  sayStages(best, perLayer);

  await whileMounted(engine, IMAGE, mount, async () => {
    if (!(await dropCaches()))
      return say('with nothing cached', 'not measured: caches may not be dropped here');
    const coldFind = await findCost([mount], 1);
    say('find, nothing cached', cost(coldFind));
    await dropCaches();
    const [cold] = await scan(order);
    if (cold === undefined) return;
    say('first scan, nothing cached', cost(cold));
    say('  against find', ratio(cold, coldFind));
  });
});

/** Where the time goes, in one thread. */
function sayStages(report: StageReport, listed: Cost): void {
  const parsing = sum(report.parsing);
  const listing = (report.stages['reading'] ?? 0) - parsing;
  say('one thread, all stages', ms(total(report)), `${report.facts} facts`);
  say(
    '  listing names and opening candidates',
    ms(listing),
    `${(listing / listed.wallMs).toFixed(2)} times find`,
  );
  say('  parsing', ms(parsing), ...Object.entries(report.parsing).map(([id, time]) => `${id} ${ms(time)}`));
  for (const [stage, time] of Object.entries(report.stages))
    if (stage !== 'reading') say(`  ${stage}`, ms(time));
}

function total(report: StageReport): number {
  return sum(report.stages);
}

function sum(times: Readonly<Record<string, number>>): number {
  return Object.values(times).reduce((all, one) => all + one, 0);
}

function least(costs: readonly Cost[]): Cost {
  return {
    wallMs: Math.min(...costs.map((one) => one.wallMs)),
    cpuMs: Math.min(...costs.map((one) => one.cpuMs)),
  };
}
