import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { FleetScanner, type FleetScannerParts } from '../../../../agent/tasks/fleet-scanner.ts';
import type { ScanOutcome } from '../../../../agent/tasks/image-scanner.ts';
import type { ContentAnswer, LentContent } from '../../../../agent/uplink/uplink.ts';
import type { Image } from '../../../../core/inventory.ts';
import type { ContentName } from '../../../../proto/codec/content.ts';

const signal = new AbortController().signal;
const [BASE, APP] = ['sha256:base', 'sha256:app'].map((key) => ({ kind: 'layer-facts' as const, key })) as [
  ContentName,
  ContentName,
];
const WHOLE: ContentName = { kind: 'composition', key: 'key' };
const lent = (...names: readonly ContentName[]): LentContent[] =>
  names.map((name, at) => ({ ...name, lease: at + 1 }));
const IMAGE: Image = {
  imageId: 'sha256:image',
  names: [],
  manifestDigests: [],
  os: 'linux',
  architecture: 'amd64',
  diffIds: [BASE.key, APP.key, BASE.key],
  sizeBytes: 1,
  labels: {},
  pinned: false,
};

function answer(parts: Partial<ContentAnswer> = {}): ContentAnswer {
  return { wanted: [], leaseMs: 120_000, elsewhere: [], retryAfterMs: 0, ...parts };
}

/** A scanner that notes what it asks and reads. Each question gets the next answer, and the last one ever after. */
function scannerOf(
  answers: readonly (ContentAnswer | undefined)[],
  parts: Partial<FleetScannerParts> = {},
  images: Partial<FleetScannerParts['images']> = {},
): {
  scanner: FleetScanner;
  asked: (readonly ContentName[])[];
  read: string[];
  declined: { readonly wanted: readonly LentContent[]; readonly why: string }[];
} {
  const asked: (readonly ContentName[])[] = [];
  const read: string[] = [];
  const declined: { readonly wanted: readonly LentContent[]; readonly why: string }[] = [];
  const scanner = new FleetScanner({
    images: {
      keyOf: () => WHOLE.key,
      isKnown: () => false,
      scan(): Promise<ScanOutcome> {
        read.push('all');
        return Promise.resolve({ kind: 'scanned', key: WHOLE.key, layersRead: 2 });
      },
      readLayers(_image, diffIds) {
        read.push(...diffIds);
        return Promise.resolve(diffIds.size);
      },
      ...images,
    },
    ask(names) {
      asked.push(names);
      return Promise.resolve(answers[Math.min(asked.length, answers.length) - 1]);
    },
    decline: (wanted, why) => void declined.push({ wanted, why }),
    paced: (run) => run(),
    isPaused: () => false,
    random: () => 0.5,
    ...parts,
  });
  return { scanner, asked, read, declined };
}

test('an image that the collector has is asked for by its layers and its composition, and not read', async () => {
  const { scanner, asked, read } = scannerOf([answer()]);
  assert.deepEqual(await scanner.scan(IMAGE, [], signal), { kind: 'held', key: 'key', layers: [] });
  assert.deepEqual(asked, [[BASE, APP, WHOLE]]);
  assert.deepEqual(read, []);
});

test('an image that was read here before is not asked for', async () => {
  const { scanner, asked } = scannerOf([answer()], {}, { isKnown: () => true });
  assert.deepEqual(await scanner.scan(IMAGE, [], signal), { kind: 'known', key: 'key' });
  assert.deepEqual(asked, []);
});

test('an image is read as a whole when its composition is wanted, and when there is nobody to ask', async () => {
  for (const said of [answer({ wanted: lent(APP, WHOLE) }), undefined]) {
    const { scanner, read } = scannerOf([said]);
    assert.deepEqual(await scanner.scan(IMAGE, [], signal), { kind: 'scanned', key: 'key', layersRead: 2 });
    assert.deepEqual(read, ['all']);
  }
});

test('only the layers that are wanted are read, to be compared or while others read the rest', async () => {
  const compared = scannerOf([answer({ wanted: lent(APP) })]);
  assert.deepEqual(await compared.scanner.scan(IMAGE, [], signal), {
    kind: 'held',
    key: 'key',
    layers: [APP.key],
  });
  assert.deepEqual(compared.read, [APP.key]);
  const shared = scannerOf([answer({ wanted: lent(APP), elsewhere: [BASE, WHOLE], retryAfterMs: 1000 })]);
  assert.deepEqual(await shared.scanner.scan(IMAGE, [], signal), {
    kind: 'elsewhere',
    layers: [APP.key],
    retryAfterMs: 1250,
  });
  assert.deepEqual(shared.read, [APP.key]);
});

test('what others are at is left to them', async () => {
  const { scanner, read } = scannerOf([answer({ elsewhere: [BASE, APP, WHOLE], retryAfterMs: 1000 })]);
  assert.deepEqual(await scanner.scan(IMAGE, [], signal), {
    kind: 'elsewhere',
    layers: [],
    retryAfterMs: 1250,
  });
  assert.deepEqual(read, []);
});

/** Reads for as long as it takes to ask so often, or for 700 ms. */
async function readingUntil(times: number, isPaused: boolean): Promise<(readonly ContentName[])[]> {
  const said = answer({ wanted: lent(APP, WHOLE), leaseMs: 100 });
  const { scanner, asked } = scannerOf(
    [said],
    { isPaused: () => isPaused },
    {
      async scan() {
        for (let waited = 0; asked.length < times && waited < 700; waited += 10) await sleep(10);
        return { kind: 'scanned', key: 'key', layersRead: 1 };
      },
    },
  );
  assert.equal((await scanner.scan(IMAGE, [], signal)).kind, 'scanned');
  const count = asked.length;
  await sleep(600);
  assert.equal(asked.length, count, 'nothing is asked once it is read');
  return asked.slice(1);
}

test('while it reads it asks anew for what is leased to it, unless it has to wait for the node', async () => {
  assert.deepEqual(await readingUntil(2, false), [lent(APP, WHOLE)]);
  assert.deepEqual(await readingUntil(2, true), []);
});

test('what cannot be read, or asked, is a failure, and left to other nodes', async () => {
  const unread = scannerOf(
    [answer({ wanted: lent(APP) })],
    {},
    { readLayers: () => Promise.reject(new Error('no engine holds its layers')) },
  );
  assert.deepEqual(await unread.scanner.scan(IMAGE, [], signal), {
    kind: 'failed',
    message: 'no engine holds its layers',
  });
  assert.deepEqual(unread.declined, [{ wanted: lent(APP), why: 'no engine holds its layers' }]);
  const ended = new AbortController();
  const unasked = scannerOf([], {
    ask: (_names, given) => Promise.reject(given.aborted ? given.reason : new Error('too many questions')),
  });
  assert.equal((await unasked.scanner.scan(IMAGE, [], ended.signal)).kind, 'failed');
  ended.abort();
  await assert.rejects(unasked.scanner.scan(IMAGE, [], ended.signal), { name: 'AbortError' });
});
