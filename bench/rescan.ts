import { ProcessTable } from '../agent/processes/process-table.ts';
import { hostFacts } from '../agent/tasks/host-facts.ts';
import { NodeReader } from '../agent/tasks/node-reader.ts';
import { reportedState } from '../agent/tasks/reported-state.ts';
import { EMPTY_STATE, takeSnapshot } from '../agent/uplink/state-snapshot.ts';
import { ociArchive } from '../cli/demo/oci-image.ts';
import { runtimeOn } from '../test/support/containerd-runtime.ts';
import { startContainerd } from '../test/support/containerd.ts';
import { startScanning } from '../test/support/image-scanning.ts';
import { smallImage } from '../test/support/small-images.ts';
import { tallyman } from '../proto/generated/tallyman.js';
import { costOf, type Cost } from './support/cost.ts';
import { cost, ms, say, sayMachine } from './support/report.ts';
import { inWorkplace } from './support/workplace.ts';

// What looking at an unchanged node with 100 images takes, all of it: engines, processes, state and its hash.
// Budget: 50 ms of CPU, and a heartbeat of 200 bytes. Peer: `ctr images list` on the same containerd.
// node bench/rescan.ts   (root, Debian)

const IMAGES = 100;
const RUNS = 20;
const signal = AbortSignal.timeout(600_000);

function status(count: number): string {
  const one = (at: number): string =>
    `Package: package-${at}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.${at}-1\n`;
  return Array.from({ length: count }, (_, at) => one(at)).join('\n');
}

await inWorkplace('rescan', async (place) => {
  sayMachine();
  const engine = await startContainerd({ cri: false });
  place.onEnd(() => engine.stop());
  const base = [
    { path: 'etc/os-release', content: 'ID=debian\nVERSION_ID="12"\n' },
    { path: 'var/lib/dpkg/status', content: status(100) },
  ];
  const images = Array.from({ length: IMAGES }, (_, at) => ({
    image: smallImage([
      base,
      [{ path: 'app/package.json', content: `{"name":"app-${at}","version":"1.0.${at}"}` }],
    ]),
    names: [`bench.invalid/app:${at}`],
  }));
  await engine.importArchive(ociArchive(images));
  const runtime = runtimeOn(engine.address);
  place.onEnd(() => runtime.close());
  const scanning = startScanning();
  place.onEnd(() => scanning.close());

  const processes = new ProcessTable();
  const reader = new NodeReader({
    runtimes: () => [runtime],
    processes: (containers) => processes.read(containers, signal),
    host: (engines, limitations) => hostFacts('0', 'boot', engines, limitations),
    engineChanged: () => undefined,
  });
  const first = await reader.read(signal);
  const scanned = await costOf(async () => {
    for (const image of first.images) await scanning.scan(image, [runtime]);
  });
  say(`first scan of ${IMAGES} images on one base`, cost(scanned), `${scanning.readings.length} layers read`);

  let state = EMPTY_STATE;
  const reads = runtime.calls('Content/Read');
  const rescan = async (): Promise<void> => {
    const snapshot = await reader.read(signal);
    for (const image of snapshot.images) await scanning.scan(image, [runtime]);
    const items = reportedState(
      snapshot,
      () => ({ firstSeen: 1 }),
      () => undefined,
    );
    state = takeSnapshot(items, state);
  };
  await rescan();
  const costs: Cost[] = [];
  for (let run = 0; run < RUNS; run += 1) costs.push(await costOf(rescan));
  const median = costs.toSorted((a, b) => a.cpuMs - b.cpuMs)[RUNS / 2] ?? { wallMs: 0, cpuMs: 0 };
  say('unchanged node, median of 20', cost(median), `${(median.cpuMs / 50).toFixed(2)} of the budget`);
  say(
    '  layers read and contents fetched meanwhile',
    `${scanning.readings.length - IMAGES - 1}`,
    `${runtime.calls('Content/Read') - reads}`,
  );
  const peer = await costOf(() => engine.ctr('images', 'list', '--quiet'));
  say(
    'ctr images list, the same moment',
    ms(peer.wallMs),
    `${(median.wallMs / peer.wallMs).toFixed(2)} times as long`,
  );

  const heartbeat = { heartbeat: { stateRoot: state.root, pendingEvents: 0, condition: 0 } };
  const bytes = tallyman.v1.SessionRequest.encode(heartbeat).finish().length;
  say('heartbeat', `${bytes} bytes`, `${(bytes / 200).toFixed(2)} of the budget`);
});
