import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../agent/state/clock.ts';
import { openState } from '../agent/state/state.ts';
import type { CatalogerFacts, Fact } from '../core/facts.ts';

// What the node's memory takes on disk and in time: 100 layers of 5,000 facts each, half of them with file lists.
// Times are processor time, all threads; the outbox's is wall time, for it waits for the disk.
// node bench/state.ts [LAYERS] [FACTS]

const layers = Number(process.argv[2] ?? 100);
const factCount = Number(process.argv[3] ?? 5000);
const EVENTS = 1000;

const directory = mkdtempSync(join(tmpdir(), 'tallyman-bench-state-'));
const options = { clock: systemClock(), outbox: { maxBytes: 64 * 1024 * 1024, dropFirst: [] } };
const key = { id: 'bench', version: 1 };
try {
  const state = openState(directory, options);
  const inputs = Array.from({ length: layers }, (_, at) => layerFacts(at));
  const raw = inputs.reduce((total, input) => total + JSON.stringify(input).length, 0);
  report(
    'put',
    layers,
    cost(() => inputs.forEach((input) => state.layers.putFacts(input))),
  );
  report(
    'get without file lists',
    layers,
    cost(() => inputs.forEach(({ diffId }) => state.layers.facts(diffId, key, { claims: false }))),
  );
  report(
    'get with file lists',
    layers,
    cost(() => inputs.forEach(({ diffId }) => state.layers.facts(diffId, key, { claims: true }))),
  );
  report(
    'ask what is known',
    layers,
    cost(() => inputs.forEach(({ diffId }) => state.layers.missing(diffId, [key]))),
  );
  const images = Array.from({ length: 100 }, (_, at) => `sha256:${at}`);
  state.seen.observe(images, []);
  report(
    'observe 100 images, 50 in use',
    1,
    cost(() => state.seen.observe(images, images.slice(0, 50))),
  );
  const start = performance.now();
  for (let at = 0; at < EVENTS; at += 1) state.outbox.append('event', Buffer.alloc(300, at));
  console.log(
    `append an event durably: ${((performance.now() - start) / EVENTS).toFixed(2)} ms of wall time`,
  );
  state.close();
  const bytes = statSync(join(directory, 'state.db')).size;
  console.log(
    `${layers} layers x ${factCount} facts: ${mebibytes(bytes)} MiB on disk for ${mebibytes(raw)} MiB of JSON; ratio ${(bytes / raw).toFixed(3)}`,
  );
} finally {
  rmSync(directory, { recursive: true });
}

/** Facts as catalogers give them, with names and versions that do not repeat from layer to layer. */
function layerFacts(layer: number): CatalogerFacts {
  const facts = Array.from({ length: factCount }, (_, at): Fact => {
    const name = `package-${mixed(layer * factCount + at).toString(36)}`;
    const version = `${at % 9}.${mixed(at) % 40}.${mixed(layer + at) % 100}`;
    const path = `usr/lib/node_modules/${name}/package.json`;
    const packages = [{ type: 'npm', name, version, licenses: ['MIT'] }] as const;
    if (at % 2 === 0) return { path, status: 'found', packages };
    const files = Array.from(
      { length: 12 },
      (__, file) => `usr/lib/${name}/${mixed(file * at).toString(36)}.js`,
    );
    return { path, status: 'found', packages, claims: [{ owner: name, files }] };
  });
  return {
    diffId: `sha256:${layer.toString(16).padStart(64, '0')}`,
    cataloger: key.id,
    version: key.version,
    facts,
  };
}

/** A number that looks random and is the same each time (Knuth's multiplicative hash). */
function mixed(value: number): number {
  return Math.imul(value + 1, 2654435761) >>> 0;
}

function cost(run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function report(what: string, times: number, ms: number): void {
  console.log(`${what}: ${(ms / times).toFixed(2)} ms of CPU each`);
}

function mebibytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}
