import { readFileSync } from 'node:fs';
import { preferLittleMemory } from '../../platform/small-memory.ts';
import { runtimeOn } from '../../test/support/containerd-runtime.ts';
import { startScanning } from '../../test/support/image-scanning.ts';
import { costOf } from './cost.ts';
import type { ScanReport } from './scanning.ts';

// A process of its own that scans images in containerd as an agent does, and says what it took:
// node scan-process.ts ADDRESS RUNS NAME...
// Each run begins with empty stores and a new thread. The names are scanned in order.

preferLittleMemory();
const [address = '', runs = '1', ...names] = process.argv.slice(2);
const runtime = runtimeOn(address, { owner: `bench-${process.pid}` });
const { images } = await runtime.view(AbortSignal.timeout(30_000));
const wanted = names.map((name) => {
  const image = images.find((one) => one.names.some((held) => held.name === name));
  if (image === undefined) throw new Error(`${name} is not in containerd`);
  return image;
});

for (let run = 0; run < Number(runs); run += 1) {
  const scanning = startScanning({ littleMemory: true });
  try {
    for (const image of wanted) {
      const read = scanning.readings.length;
      let packages = 0;
      const cost = await costOf(async () => {
        const outcome = await scanning.scan(image, [runtime]);
        if (outcome.kind === 'failed') throw new Error(outcome.message);
        packages = scanning.packages(image).length;
      });
      const layersRead = scanning.readings.length - read;
      const report: ScanReport = {
        ...cost,
        packages,
        layersRead,
        peakBytes: peak(),
        writtenBytes: written(),
      };
      console.log(JSON.stringify(report));
    }
  } finally {
    await scanning.close();
  }
}
await runtime.close();

/** What this process sent to disks: proc(5), write_bytes of io. */
function written(): number {
  return Number(/^write_bytes: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1] ?? 0);
}

/** The most this process ever had resident: proc(5), VmHWM. */
function peak(): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0) * 1024;
}
