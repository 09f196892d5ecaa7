import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { catalogers } from '../../agent/catalogers/index.ts';
import { openLayerSource } from '../../agent/layers/location.ts';
import { scanLayer } from '../../agent/layers/scan-layer.ts';
import type { LocatedLayer } from '../../agent/runtimes/runtime.ts';
import { systemClock } from '../../agent/state/clock.ts';
import { openState, type State } from '../../agent/state/state.ts';
import { unpackLayer } from '../../agent/layers/worker/pack.ts';
import { compose } from '../../core/compose.ts';
import type { Cataloger } from '../../core/facts.ts';
import type { Image } from '../../core/inventory.ts';
import { packagesOf } from '../../core/merge.ts';
import { runtimeOn } from '../../test/support/containerd-runtime.ts';
import type { StageReport } from './stages.ts';

// Scans an image of containerd in one thread and says how long each stage took, and each cataloger:
// node stages-process.ts ADDRESS NAME RUNS

const [address = '', name = '', runs = '1'] = process.argv.slice(2);
const runtime = runtimeOn(address, { owner: `bench-${process.pid}` });
const { images } = await runtime.view(AbortSignal.timeout(30_000));
const image = images.find((one) => one.names.some((held) => held.name === name));
if (image === undefined) throw new Error(`${name} is not in containerd`);
for (let run = 0; run < Number(runs); run += 1) {
  const folder = mkdtempSync(join(tmpdir(), 'tallyman-bench-state-'));
  const state = openState(folder, { clock: systemClock(), outbox: { maxBytes: 1 << 20, dropFirst: [] } });
  try {
    console.log(JSON.stringify(await stagesOf(image, state)));
  } finally {
    state.close();
    rmSync(folder, { recursive: true });
  }
}
await runtime.close();

async function stagesOf(scanned: Image, state: State): Promise<StageReport> {
  const { laps, lap } = stopwatch();
  const parsing = new Map<string, number>();
  const timed = catalogers.map((cataloger) => timedCataloger(cataloger, parsing));
  let paths: string[] = [];
  let factCount = 0;
  await runtime.withLayers(scanned, AbortSignal.timeout(600_000), async (layers) => {
    paths = layers.map(directoryOf);
    lap('locating');
    for (const { diffId, location } of layers) {
      const { encodedIndex, index, facts } = await scanLayer(openLayerSource(location), diffId, timed);
      factCount += facts.reduce((sum, one) => sum + one.facts.length, 0);
      lap('reading');
      state.layers.putIndex(diffId, encodedIndex, index);
      for (const one of facts) state.layers.putFacts(one);
      lap('storing');
    }
  });
  lap('locating');
  const merged = scanned.diffIds.map((diffId) => {
    const stored = state.layers.stored(diffId, catalogers);
    if (stored === undefined) throw new Error(`${diffId} was not stored`);
    return unpackLayer(stored);
  });
  lap('fetching');
  const composition = compose(merged);
  lap('merging');
  const packages = packagesOf(
    composition,
    (layer, id) => merged[layer]?.facts.find((one) => one.cataloger === id)?.facts ?? [],
  );
  lap('listing');
  return {
    stages: laps,
    parsing: Object.fromEntries(parsing),
    facts: factCount,
    packages: packages.length,
    paths,
  };
}

function directoryOf({ location }: LocatedLayer): string {
  if (location.kind === 'blob') throw new Error('the layers are not unpacked');
  return location.path;
}

/** Adds up the time that `parse` takes, with its reading of the candidate's bytes. */
function timedCataloger(cataloger: Cataloger, times: Map<string, number>): Cataloger {
  return {
    ...cataloger,
    parse(file) {
      const start = performance.now();
      try {
        return cataloger.parse(file);
      } finally {
        times.set(cataloger.id, (times.get(cataloger.id) ?? 0) + performance.now() - start);
      }
    },
  };
}

/** `lap` adds the time since the last one to a name, in ms. */
function stopwatch(): { readonly laps: Record<string, number>; readonly lap: (name: string) => void } {
  const laps: Record<string, number> = {};
  let last = performance.now();
  return {
    laps,
    lap(name) {
      const now = performance.now();
      laps[name] = (laps[name] ?? 0) + now - last;
      last = now;
    },
  };
}
