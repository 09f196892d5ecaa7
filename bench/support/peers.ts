import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContainerd } from '../../test/support/containerd.ts';
import { commandCost, type CommandCost, type Cost } from './cost.ts';
import { whileMounted } from './image.ts';
import { cost, mebibytes, ratio, say } from './report.ts';
import { scan } from './scanning.ts';
import type { Trivy } from './trivy.ts';
import { isOnPath, type Workplace } from './workplace.ts';

/** Scans an image of containerd with us, with trivy, and with syft where it is on PATH: the same image, one after the other. */
export async function comparePeers(
  place: Workplace,
  engine: TestContainerd,
  dist: string,
  peer: Trivy,
  image: string,
): Promise<void> {
  const [ours] = await scan({ dist, address: engine.address, images: [image] });
  if (ours === undefined) return;
  console.log(`\nours and others: ${image}`);
  say('first scan', cost(ours), `peak ${mebibytes(ours.peakBytes)}`);
  const archive = join(place.folder, 'exported.tar');
  const exported = await commandCost('ctr', [
    '--address',
    engine.address,
    'images',
    'export',
    archive,
    image,
  ]);
  const mount = join(place.folder, 'peer');
  const empty = join(place.folder, 'empty');
  mkdirSync(empty, { recursive: true });
  const idle = await peer.fromTree(empty);
  say(`trivy ${peer.version}, an empty folder: its start`, cost(idle), `peak ${mebibytes(idle.peakBytes)}`);
  const against = (what: string, theirs: CommandCost, start: Cost): void => {
    const net = { wallMs: theirs.wallMs - start.wallMs, cpuMs: theirs.cpuMs - start.cpuMs };
    say(what, cost(theirs), `peak ${mebibytes(theirs.peakBytes)}`);
    say('  without its start, against ours', cost(net), ratio(net, ours));
  };
  against('trivy image --image-src containerd', await peer.fromContainerd(engine.address, image), idle);
  say('ctr images export', cost(exported));
  against('trivy image --input, of that archive', await peer.fromArchive(archive), idle);
  await whileMounted(engine, image, mount, async () =>
    against('trivy rootfs, of the mounted image', await peer.fromTree(mount), idle),
  );
  if (await isOnPath('syft')) {
    const nothing = await commandCost('syft', ['scan', `dir:${empty}`, '--output', 'cyclonedx-json']);
    say('syft, an empty folder: its start', cost(nothing));
    const of = (source: string): Promise<CommandCost> =>
      commandCost('syft', ['scan', source, '--output', 'cyclonedx-json']);
    against('syft, of that archive', await of(`oci-archive:${archive}`), nothing);
  } else {
    say('syft', 'not on PATH');
  }
  rmSync(archive);
}
