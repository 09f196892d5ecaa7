import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContainerd } from '../../test/support/containerd.ts';
import { commandCost, type CommandCost, type Cost } from './cost.ts';
import { whileMounted } from './image.ts';
import { cost, mebibytes, ratio, say } from './report.ts';
import { scan } from './scanning.ts';
import type { Trivy } from './trivy.ts';
import { isOnPath, type Workplace } from './workplace.ts';

/** The same engine and program for each comparison. */
interface PeerSetting {
  readonly engine: TestContainerd;
  /** Where the compiled product is. */
  readonly dist: string;
  readonly peer: Trivy;
  /** An image with nothing in it: what a scan of it takes is our start. */
  readonly emptyImage: string;
}

/**
 * Scans an image of containerd with us, with trivy, and with syft where it is on PATH: the same image, one after the other.
 * What each takes for nothing at all is its start; figures are shown with and without it. An agent runs already when an
 * image arrives, though its reading thread may not: with our start is what the first of several images takes at most.
 */
export async function comparePeers(
  place: Workplace,
  { engine, dist, peer, emptyImage }: PeerSetting,
  image: string,
): Promise<void> {
  const [ours] = await scan({ dist, address: engine.address, images: [image] });
  const [ourStart] = await scan({ dist, address: engine.address, images: [emptyImage] });
  if (ours === undefined || ourStart === undefined) return;
  const oursNet = withoutStart(ours, ourStart);
  console.log(`\nours and others: ${image}`);
  say('first scan by a process just started', cost(ours), `peak ${mebibytes(ours.peakBytes)}`);
  say('  an image with nothing in it: our start', cost(ourStart));
  say('  without our start', cost(oursNet));
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
    const net = withoutStart(theirs, start);
    say(what, cost(theirs), `peak ${mebibytes(theirs.peakBytes)}`);
    say('  both with their start', ratio(theirs, ours));
    say('  without its start, ours with', cost(net), ratio(net, ours));
    say('  both without their start', ratio(net, oursNet));
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
    const of = (source: string, env?: Readonly<Record<string, string>>): Promise<CommandCost> =>
      commandCost('syft', ['scan', source, '--output', 'cyclonedx-json'], env);
    const socket = { CONTAINERD_ADDRESS: engine.address, CONTAINERD_NAMESPACE: 'default' };
    const fromEngine = await of(`containerd:${image}`, socket).catch(String);
    if (typeof fromEngine === 'string') say('syft, from containerd', `this one cannot: ${fromEngine}`);
    else against('syft, from containerd', fromEngine, nothing);
    against('syft, of that archive', await of(`oci-archive:${archive}`), nothing);
  } else {
    say('syft', 'not on PATH');
  }
  rmSync(archive);
}

function withoutStart(whole: Cost, start: Cost): Cost {
  return { wallMs: whole.wallMs - start.wallMs, cpuMs: whole.cpuMs - start.cpuMs };
}
