import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cachedDataVersionTag } from 'node:v8';
import { after, before, test, type TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { catalogers } from '../../agent/catalogers/index.ts';
import { LayerError, type LayerErrorCode } from '../../agent/layers/layer-error.ts';
import { DEFAULT_LIMITS } from '../../agent/layers/layer-source.ts';
import {
  createLayerScanner,
  type LayerScanner,
  type ScanJob,
  type ScannerOptions,
} from '../../agent/layers/worker/layer-scanner.ts';
import { unpackLayer, type PackedLayer } from '../../agent/layers/worker/pack.ts';
import { sha256 } from '../../cli/demo/oci-image.ts';
import { writeTar, type TarEntry } from '../../cli/demo/tar-writer.ts';
import { compose } from '../../core/compose.ts';
import { decodeLayerIndex } from '../../core/layer-index.ts';
import { decompressJson } from '../../platform/compression.ts';
import { createGate } from '../../platform/gate.ts';
import { preferLittleMemory, preferQuickStart } from '../../platform/small-memory.ts';
import { blobOf, namesOf } from '../support/layer-reading.ts';

const OS_RELEASE = 'ID=debian\nVERSION_ID="12"\n';
const ids = catalogers.map(({ id }) => id);
let work = '';

before(() => {
  work = mkdtempSync(join(tmpdir(), 'tallyman-worker-'));
  mkdirSync(join(work, 'etc'));
  writeFileSync(join(work, 'etc/os-release'), OS_RELEASE);
});
after(() => rmSync(work, { recursive: true, force: true }));

function scanner(t: TestContext, options?: ScannerOptions): LayerScanner {
  const made = createLayerScanner(options);
  t.after(() => made.close());
  return made;
}

function folderJob(): ScanJob {
  return { diffId: 'sha256:folder', location: { kind: 'overlay-directory', path: work }, catalogers: ids };
}

function blobJob(entries: readonly TarEntry[], tar = writeTar(entries)): ScanJob {
  const open = blobOf(gzipSync(tar, { level: 1 }), 10_000);
  return { diffId: sha256(tar), location: { kind: 'blob', open }, catalogers: ids, verify: true };
}

function failsWith(code: LayerErrorCode, message = /./): (error: unknown) => boolean {
  return (error) => error instanceof LayerError && error.code === code && message.test(error.message);
}

test('a folder is read in the thread, by the catalogers named', async (t) => {
  const layers = scanner(t);
  const { encodedIndex, facts, problems } = await layers.scan({
    ...folderJob(),
    catalogers: ['os-release', 'npm'],
  });
  assert.ok(encodedIndex);
  assert.deepEqual(namesOf(encodedIndex), ['directory etc', 'file etc/os-release']);
  assert.deepEqual(
    facts.map(({ cataloger, diffId }) => [cataloger, diffId]),
    [
      ['os-release', 'sha256:folder'],
      ['npm', 'sha256:folder'],
    ],
  );
  assert.equal(facts[0]?.facts[0]?.release?.id, 'debian');
  assert.deepEqual(problems, []);
});

test('when there is nothing to do, the thread ends and that is told', { timeout: 300_000 }, async (t) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const layers = scanner(t, { idleMilliseconds: 1, onIdle: resolve });
  await layers.scan(folderJob());
  await promise;
  const again = await layers.scan(folderJob());
  assert.equal(again.facts.length, ids.length);
});

test('a thread that was started ahead ends as any other', { timeout: 300_000 }, async (t) => {
  const idle = Promise.withResolvers<void>();
  const layers = scanner(t, { idleMilliseconds: 1, onIdle: () => idle.resolve() });
  layers.prepare();
  await idle.promise;
  assert.notEqual((await layers.scan(folderJob())).encodedIndex, undefined);
});

test('a stored index spares the walk', async (t) => {
  const layers = scanner(t);
  const first = await layers.scan(folderJob());
  assert.ok(first.encodedIndex);
  const again = await layers.scan({ ...folderJob(), storedIndex: first.encodedIndex });
  assert.equal(again.encodedIndex, undefined);
  assert.deepEqual(again.facts, first.facts);
});

/** The folder, as the thread hands it over to be kept. */
async function packedFolder(layers: LayerScanner): Promise<PackedLayer> {
  const { index, facts } = await layers.scanPacked(folderJob());
  assert.ok(index);
  return { diffId: 'sha256:folder', index: index.compressed, facts };
}

test('a layer comes packed, and unpacked it is the same', async (t) => {
  const layers = scanner(t);
  const plain = await layers.scan(folderJob());
  const packed = await packedFolder(layers);
  const { index, facts } = unpackLayer(packed);
  assert.deepEqual(facts, plain.facts);
  assert.deepEqual([...index.entries()].length, index.entryCount);
  const again = await layers.scanPacked({ ...folderJob(), storedIndex: packed.index });
  assert.equal(again.index, undefined);
  assert.deepEqual(again.facts, packed.facts);
});

test('layers are merged in the thread', async (t) => {
  const layers = scanner(t);
  const packed = await packedFolder(layers);
  const merged = decompressJson(await layers.compose([packed, packed]));
  assert.deepEqual(merged, JSON.parse(JSON.stringify(compose([packed, packed].map(unpackLayer)))));
});

test('what was kept and is damaged is told, and the next job is done', async (t) => {
  const layers = scanner(t);
  const packed = await packedFolder(layers);
  const damaged = { ...packed, index: packed.index.subarray(0, 20) };
  await assert.rejects(layers.compose([packed, damaged]), failsWith('malformed', /read anew/));
  assert.ok((await layers.compose([packed])).length > 0);
});

test('a blob that this side opens is streamed into the thread, more than once if need be', async (t) => {
  const layers = scanner(t);
  let opened = 0;
  const entries: TarEntry[] = [
    { path: 'store/1', content: OS_RELEASE },
    { path: 'filling', content: Buffer.alloc(3_000_000, 'x') },
    { path: 'etc/os-release', type: 'hardlink', target: 'store/1' },
  ];
  const job = blobJob(entries);
  const { location } = job;
  assert.ok(location.kind === 'blob');
  const counted = { kind: 'blob' as const, open: () => (opened++, location.open()) };
  const { facts } = await layers.scan({ ...job, location: counted });
  assert.equal(facts.find(({ cataloger }) => cataloger === 'os-release')?.facts[0]?.release?.versionId, '12');
  assert.equal(opened, 2);
});

test('what fails in the thread fails here, and the next job is done', async (t) => {
  const layers = scanner(t);
  const nowhere = { kind: 'overlay-directory', path: join(work, 'nowhere') } as const;
  await assert.rejects(
    layers.scan({ ...folderJob(), location: nowhere }),
    failsWith('not-found', /nowhere: no such file/),
  );
  const wrong = { ...blobJob([{ path: 'a' }]), diffId: 'sha256:other' };
  await assert.rejects(layers.scan(wrong), failsWith('digest'));
  const open = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.alloc(100);
    throw new Error('the engine went away');
  };
  await assert.rejects(
    layers.scan({ ...folderJob(), location: { kind: 'blob', open } }),
    failsWith('unreadable', /went away/),
  );
  assert.ok((await layers.scan(folderJob())).encodedIndex);
});

test('jobs wait for one another and all are done', async (t) => {
  const layers = scanner(t);
  const results = await Promise.all(
    [folderJob(), blobJob([{ path: 'a' }]), folderJob()].map((job) => layers.scan(job)),
  );
  const counts = results.map(
    ({ encodedIndex }) => decodeLayerIndex('', encodedIndex ?? new Uint8Array()).entryCount,
  );
  assert.deepEqual(counts, [2, 1, 2]);
});

test('a layer that needs too much memory fails alone', async (t) => {
  const layers = scanner(t, { heapMebibytes: 24 });
  const paragraphs = Array.from(
    { length: 100_000 },
    (_, at) => `Package: p${at}\nStatus: install ok installed\nVersion: ${at}\n\n`,
  );
  const huge = blobJob([{ path: 'var/lib/dpkg/status', content: paragraphs.join('') }]);
  await assert.rejects(layers.scan(huge), failsWith('worker', /needs more memory/));
  assert.ok((await layers.scan(folderJob())).encodedIndex);
});

test('a signal ends a job that hangs, also one that waits its turn', async (t) => {
  const layers = scanner(t);
  const abort = new AbortController();
  const hanging = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.alloc(100);
    setImmediate(() => abort.abort(new Error('enough')));
    await new Promise(() => undefined);
  };
  const first = layers.scan({ ...folderJob(), location: { kind: 'blob', open: hanging } }, abort.signal);
  const second = layers.scan(folderJob(), abort.signal);
  await assert.rejects(first, /enough/);
  await assert.rejects(second, /enough/);
  assert.ok((await layers.scan(folderJob())).encodedIndex);
});

test('limits hold in the thread', async (t) => {
  const layers = scanner(t, { limits: { ...DEFAULT_LIMITS, entries: 1 } });
  await assert.rejects(layers.scan(folderJob()), failsWith('limit', /more than 1 names/));
});

test('the thread ends after a while with nothing to do, and comes back', async (t) => {
  const layers = scanner(t, { idleMilliseconds: 50 });
  await layers.scan(folderJob());
  const withThread = threads();
  for (let tries = 0; tries < 3000 && threads() >= withThread; tries++) await setTimeout(20);
  assert.ok(threads() < withThread);
  assert.ok((await layers.scan(folderJob())).encodedIndex);
});

test('a layer stops before a shut gate, in a thread of low priority', async (t) => {
  const gate = createGate();
  const started: boolean[] = [];
  const layers = scanner(t, { gate, onLowPriority: ({ nice }) => started.push(nice) });
  await layers.scan(folderJob());
  gate.shut();
  const held = layers.scan(folderJob());
  const outcome = await Promise.race([held, setTimeout(300, 'held')]);
  assert.equal(outcome, 'held');
  gate.open();
  assert.ok((await held).encodedIndex);
  assert.deepEqual(started, [true]);
});

test('a layer that stands before a shut gate can be given up', async (t) => {
  const gate = createGate();
  const layers = scanner(t, { gate });
  await layers.scan(folderJob());
  gate.shut();
  const abort = new AbortController();
  const held = layers.scan(folderJob(), abort.signal);
  await setTimeout(100);
  abort.abort(new Error('enough'));
  await assert.rejects(held, /enough/);
  gate.open();
  assert.ok((await layers.scan(folderJob())).encodedIndex);
});

/** Threads of this process. */
function threads(): number {
  return readdirSync('/proc/self/task').length;
}

test('a closed scanner refuses, and leaves no job hanging', async () => {
  const made = createLayerScanner();
  const hanging = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.alloc(100);
    await new Promise(() => undefined);
  };
  const job = made.scan({ ...folderJob(), location: { kind: 'blob', open: hanging } });
  const refused = assert.rejects(job, failsWith('worker', /closed/));
  await made.close();
  await refused;
  await assert.rejects(made.scan(folderJob()), failsWith('worker', /closed/));
});

test('a thread starts under the flags that Node itself was compiled with, and runs under those for little memory', async (t) => {
  const usual = cachedDataVersionTag();
  t.after(preferQuickStart);
  preferLittleMemory();
  const little = cachedDataVersionTag();
  const layers = scanner(t, { littleMemory: true });
  layers.prepare();
  assert.equal(cachedDataVersionTag(), usual);
  await layers.scan(folderJob());
  assert.equal(cachedDataVersionTag(), little);
});

test('a thread that is ended while it starts leaves the flags for little memory', async (t) => {
  t.after(preferQuickStart);
  preferLittleMemory();
  const little = cachedDataVersionTag();
  const layers = scanner(t, { littleMemory: true });
  layers.prepare();
  await layers.close();
  assert.equal(cachedDataVersionTag(), little);
});
