import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { dockerArchive, ociArchive } from '../cli/demo/oci-image.ts';
import type { CleanupPlan } from '../core/cleanup/plan.ts';
import { startContainerd, type TestContainerd } from '../test/support/containerd.ts';
import { criClient } from '../test/support/cri.ts';
import { startDockerd } from '../test/support/dockerd.ts';
import { startAgentProcess } from './support/agent.ts';
import { cleaning, diskUse, MAY_REMOVE, sayFreed, type CleanedEngine } from './support/cleaning.ts';
import { compiled } from './support/compiled.ts';
import { criSizes } from './support/cri-sizes.ts';
import { manyImages } from './support/many-images.ts';
import { cpuMsOf } from './support/other-process.ts';
import { mebibytes, ms, say, sayMachine } from './support/report.ts';
import { command, inWorkplace, type Workplace } from './support/workplace.ts';

// What cleaning up a node with very many images takes: plans, removals, memory, and whether the freed bytes are those that
// were predicted. Budget: 160 MiB in the agent while it plans. Peers, each on the same images: the CRI's removal, `ctr
// images rm --sync`, and `docker image prune --all`.
// npx node bench/cleanup.ts [IMAGES IN CONTAINERD] [IMAGES IN DOCKER]   (root, Debian; TALLYMAN_BENCH_SCANNED=1 has the agent
// scan all images for a collector first, which takes minutes; without, it has none, and next to no CPU to scan)

const [IMAGES = 1500, DOCKER_IMAGES = 300] = process.argv.slice(2).map(Number);
const AT_ONCE = 100;
const FEW = 200;
/** Containers that keep an image each. */
const USED = 10;
const HOUR = 3_600_000;
const NAMESPACE = 'k8s.io';
const IS_SCANNED = process.env['TALLYMAN_BENCH_SCANNED'] === '1';
const SCANNING = ['--scan-cpu', IS_SCANNED ? '2' : '0.01'];
const START = { args: [...MAY_REMOVE, ...SCANNING], isAlone: !IS_SCANNED };

await inWorkplace('cleanup', async (place) => {
  sayMachine();
  const dist = await compiled(place);
  if (IMAGES > 0) await inContainerd(place, dist);
  if (DOCKER_IMAGES > 0) await inDocker(place, dist);
});

async function inContainerd(place: Workplace, dist: string): Promise<void> {
  console.log(`\n${IMAGES} images in containerd`);
  const engine = await startContainerd();
  place.onEnd(() => engine.stop());
  for (let at = 0; at < IMAGES; at += AT_ONCE) {
    const archive = ociArchive(manyImages(at, Math.min(IMAGES, at + AT_ONCE)));
    await engine.importArchive(archive, { namespace: NAMESPACE });
  }
  await sleep(2000); // The CRI gives each a name of its own.
  const names = (await engine.ctr('--namespace', NAMESPACE, 'images', 'list', '--quiet')).split('\n');
  for (const name of names.filter((one) => one.startsWith('bench.invalid/team-0/')).slice(0, USED)) {
    await engine.runContainer(name, `user-of-${name.slice(name.indexOf(':') + 1)}`, ['/x'], {
      namespace: NAMESPACE,
      start: false,
    });
  }
  const kept = join(place.folder, 'kept');
  await engine.kill();
  await command('cp', ['--archive', engine.root, kept]);
  await engine.restart();
  await criAnswers(engine);

  const cleaned: CleanedEngine = {
    pid: () => engine.pid,
    folders: [
      join(engine.root, 'io.containerd.content.v1.content'),
      join(engine.root, 'io.containerd.snapshotter.v1.overlayfs'),
    ],
  };
  const agent = await startAgentProcess(place, dist, { containerd: engine.address }, START);
  const ours = await cleaning(agent, cleaned, { images: IMAGES, isScanned: IS_SCANNED });
  const plan = await ours.plan();
  await ours.remove(FEW, HOUR);
  await ours.remove(IMAGES, 0);
  await agent.stop();

  await asBefore(engine, kept);
  await removeByCri(engine, cleaned, plan);
  await asBefore(engine, kept);
  await removeByCtr(engine, cleaned, plan);
  await engine.stop();
}

/** Brings back all images that were there at first. */
async function asBefore(engine: TestContainerd, kept: string): Promise<void> {
  await engine.kill();
  rmSync(engine.root, { recursive: true });
  await command('cp', ['--archive', kept, engine.root]);
  await engine.restart();
  await criAnswers(engine);
}

/** The CRI plugin looks at every image before it answers. */
async function criAnswers(engine: TestContainerd): Promise<void> {
  for (;;) {
    if ((await criSizes(engine.address).catch(() => undefined)) !== undefined) return;
    await sleep(200);
  }
}

/** As crictl and the kubelet do: one call an image, one after the other. */
async function removeByCri(engine: TestContainerd, cleaned: CleanedEngine, plan: CleanupPlan): Promise<void> {
  const sizes = await criSizes(engine.address);
  const gone = removedBy(plan);
  const cri = criClient(engine.address);
  const [before, cpu] = [await diskUse(cleaned.folders), cpuMsOf(engine.pid)];
  const begun = performance.now();
  for (const { imageId } of gone) await cri.removeImage(imageId);
  const wallMs = performance.now() - begun;
  cri.close();
  sayPeer('CRI, RemoveImage one by one', wallMs, cpuMsOf(engine.pid) - cpu, gone.length);
  const said = gone.reduce((sum, { imageId }) => sum + (sizes.get(imageId) ?? 0), 0);
  sayFreed("its images' sizes, as a kubelet adds them up", said, {
    disk: before - (await diskUse(cleaned.folders)),
  });
}

/** All names in one command, which waits for one collection at its end. */
async function removeByCtr(engine: TestContainerd, cleaned: CleanedEngine, plan: CleanupPlan): Promise<void> {
  const gone = removedBy(plan);
  const names = gone.flatMap((item) => item.names.map(({ name }) => name));
  const [before, cpu] = [await diskUse(cleaned.folders), cpuMsOf(engine.pid)];
  const begun = performance.now();
  await command('ctr', [
    ...['--address', engine.address, '--namespace', NAMESPACE, 'images', 'rm', '--sync'],
    ...names,
  ]);
  sayPeer(
    'ctr images rm --sync, all at once',
    performance.now() - begun,
    cpuMsOf(engine.pid) - cpu,
    gone.length,
  );
  const disk = before - (await diskUse(cleaned.folders));
  say('  says nothing of bytes; off the disk (du)', mebibytes(disk));
}

async function inDocker(place: Workplace, dist: string): Promise<void> {
  console.log(`\n${DOCKER_IMAGES} images in Docker`);
  const engine = await startDockerd();
  place.onEnd(() => engine.stop());
  const load = async (): Promise<void> => {
    for (let at = 0; at < DOCKER_IMAGES; at += AT_ONCE) {
      await engine.load(dockerArchive(manyImages(at, Math.min(DOCKER_IMAGES, at + AT_ONCE))));
    }
  };
  await load();
  const data = join(engine.root, 'data');
  const cleaned: CleanedEngine = {
    pid: () => engine.pid,
    folders: [join(data, 'overlay2'), join(data, 'image')],
  };
  const agent = await startAgentProcess(
    place,
    dist,
    { docker: engine.address },
    { ...START, name: 'docker-agent' },
  );
  const ours = await cleaning(agent, cleaned, { images: DOCKER_IMAGES, isScanned: IS_SCANNED });
  await ours.plan();
  await ours.remove(DOCKER_IMAGES, 0);
  await agent.stop();

  await load();
  const [before, cpu] = [await diskUse(cleaned.folders), cpuMsOf(engine.pid)];
  const begun = performance.now();
  const { SpaceReclaimed: said } = await engine.client.pruneImages({ filters: { dangling: ['false'] } });
  sayPeer('docker image prune --all', performance.now() - begun, cpuMsOf(engine.pid) - cpu, DOCKER_IMAGES);
  sayFreed('reclaimed, as it says', said, { disk: before - (await diskUse(cleaned.folders)) });
  await engine.stop();
}

function removedBy(plan: CleanupPlan): CleanupPlan['items'] {
  return plan.items.filter(({ action }) => action === 'remove');
}

function sayPeer(what: string, wallMs: number, engineMs: number, count: number): void {
  say(
    `${what}: ${count} images`,
    `${ms(wallMs)} in all, ${ms(wallMs / count)} for each`,
    `CPU for each: ${ms(engineMs / count)} in the engine`,
  );
}
