import { join } from 'node:path';
import { startContainerd, type TestContainerd } from '../test/support/containerd.ts';
import { compiled } from './support/compiled.ts';
import type { Cost } from './support/cost.ts';
import { findCost, sizeOf } from './support/find.ts';
import { importImages, whileAllMounted, whileMounted, type ImagePlan } from './support/image.ts';
import {
  copiedLayer,
  debianLayer,
  emptyLayer,
  goLayer,
  nodeLayer,
  smallLayer,
  type LayerTar,
} from './support/layers.ts';
import { comparePeers } from './support/peers.ts';
import { cost, mebibytes, ratio, say, sayMachine } from './support/report.ts';
import { scan, type ScanReport } from './support/scanning.ts';
import { trivy } from './support/trivy.ts';
import { inWorkplace, type Workplace } from './support/workplace.ts';

// Cataloguing images of several sizes in a real containerd: first scan, the same again, one new layer on a known base,
// and 100 images that share layers; against find(1), trivy and syft on the same image.
// npx node bench/cataloguing.ts [small]   (root, Debian; TALLYMAN_BENCH_CACHE=FOLDER keeps the Debian layers for the next
// run, TALLYMAN_BENCH_LARGE=1 adds an image of about 4 GB, which needs 20 GB of disk and some minutes; `small` leaves out
// all but the smallest)

const SHARING = 100;
const isSmallWanted = process.argv[2] === 'small';
const isLargeWanted = !isSmallWanted && process.env['TALLYMAN_BENCH_LARGE'] === '1';

await inWorkplace('cataloguing', async (place) => {
  sayMachine();
  const dist = await compiled(place);
  const engine = await startContainerd({ cri: false });
  place.onEnd(() => engine.stop());
  const bare = await debianLayer(place, 'bare');
  const measured = ['small'];
  await measureImage(place, engine, dist, 'small', [bare]);
  if (!isSmallWanted) {
    const full = await debianLayer(place, 'full');
    const medium = [full, await nodeLayer(place), await goLayer(place)];
    measured.push('medium');
    await measureImage(place, engine, dist, 'medium', medium);
    if (isLargeWanted) {
      measured.push('large');
      await measureImage(place, engine, dist, 'large', [...medium, ...(await copies(place, full))]);
    }
  }
  await measureSharing(place, engine, dist, bare);
  const peer = await trivy(place);
  const emptyImage = nameOf('empty');
  await importImages(engine, place.folder, [{ name: emptyImage, layers: [await emptyLayer(place)] }]);
  const setting = { engine, dist, peer, emptyImage };
  for (const label of measured) await comparePeers(place, setting, nameOf(label));
});

/** What brings the medium image to 4 GB and 200,000 names: more of each ecosystem, each copy as a layer. */
async function copies(place: Workplace, debian: LayerTar): Promise<LayerTar[]> {
  const layers: LayerTar[] = [];
  for (const at of [1, 2, 3]) {
    layers.push(await nodeLayer(place, `srv/app-${at}`), await goLayer(place, `opt/tools-${at}/bin`));
    layers.push(await copiedLayer(place, debian, 'usr/share/java', `srv/java-${at}/lib`));
  }
  const packages = 'usr/lib/python3/dist-packages';
  for (const at of [1, 2])
    layers.push(await copiedLayer(place, debian, packages, `srv/venv-${at}/lib/site-packages`));
  return layers;
}

async function measureImage(
  place: Workplace,
  engine: TestContainerd,
  dist: string,
  label: string,
  layers: readonly LayerTar[],
): Promise<void> {
  const base: ImagePlan = { name: nameOf(label), layers };
  const newer: ImagePlan = {
    name: nameOf(`${label}-newer`),
    layers: [...layers, await smallLayer(place, 0)],
  };
  await importImages(engine, place.folder, [base, newer]);
  const mount = join(place.folder, label);
  const { size, listed } = await whileMounted(engine, base.name, mount, async () => ({
    size: await sizeOf(mount),
    listed: await findCost([mount]),
  }));
  console.log(`\n${label}: ${mebibytes(size.bytes)}, ${size.names} names, ${layers.length} layers`);
  say('find', cost(listed));
  const order = { dist, address: engine.address, images: [base.name, base.name, newer.name] };
  const [first, again, grown] = await scan(order);
  if (first === undefined || again === undefined || grown === undefined) return;
  sayScan('first scan', first, listed);
  sayScan('the same again', again, listed);
  sayScan('one new layer on the known base', grown, listed);
}

async function measureSharing(
  place: Workplace,
  engine: TestContainerd,
  dist: string,
  base: LayerTar,
): Promise<void> {
  const images: ImagePlan[] = [];
  for (let at = 1; at <= SHARING; at += 1) {
    images.push({ name: nameOf(`sharing-${at}`), layers: [base, await smallLayer(place, at)] });
  }
  await importImages(engine, place.folder, images);
  const names = images.map((image) => image.name);
  const listed = await whileAllMounted(engine, names, join(place.folder, 'sharing'), async (folders) => ({
    layers: await findCost(folders),
    images: await findCost([join(place.folder, 'sharing')]),
  }));
  const reports = await scan({ dist, address: engine.address, images: [...names, ...names] });
  const sum = (part: readonly ScanReport[]): Cost => ({
    wallMs: part.reduce((all, one) => all + one.wallMs, 0),
    cpuMs: part.reduce((all, one) => all + one.cpuMs, 0),
  });
  const layersRead = reports.reduce((all, one) => all + one.layersRead, 0);
  const [first, again] = [reports.slice(0, SHARING), reports.slice(SHARING)];
  const peak = Math.max(...first.map((one) => one.peakBytes));
  console.log(`\n${SHARING} images on one base`);
  say('find, each layer once', cost(listed.layers));
  say('find, each image mounted', cost(listed.images));
  say('first scan of all', cost(sum(first)), `${layersRead} layers read`, `peak ${mebibytes(peak)}`);
  say('  against find, each layer once', ratio(sum(first), listed.layers));
  say('  against find, each image mounted', ratio(sum(first), listed.images));
  say('all again', cost(sum(again)), `peak ${mebibytes(Math.max(...again.map((one) => one.peakBytes)))}`);
  say('  against find, each layer once', ratio(sum(again), listed.layers));
}

function sayScan(what: string, report: ScanReport, listed: Cost): void {
  const { packages, layersRead, peakBytes } = report;
  say(
    what,
    cost(report),
    `${packages} packages`,
    `${layersRead} layers read`,
    `peak ${mebibytes(peakBytes)}`,
  );
  say('  against find', ratio(report, listed));
}

function nameOf(label: string): string {
  return `bench.invalid/${label}:1`;
}
