import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Container, Host, Process, ReportedImage, StateItem } from '../../../core/inventory.ts';
import { stateKey } from '../../../core/inventory.ts';
import { decodeStateItem, encodeStateItem } from '../../../proto/codec/state-item.ts';
import { WireError } from '../../../proto/codec/wire-error.ts';
import { tallyman } from '../../../proto/generated/tallyman.js';

const word = fc.string({ minLength: 1, maxLength: 20 });
/** Of keys. */
const part = word.map((text) => text.replaceAll('/', '_'));
const time = fc.integer({ min: 1, max: 4e12 });
const size = fc.maxSafeNat();
const pid = fc.integer({ min: 1, max: 2 ** 32 - 1 });
const engine = fc.constantFrom('containerd' as const, 'docker' as const);

function plain<T extends object>(model: { [P in keyof T]: fc.Arbitrary<T[P]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true }) as unknown as fc.Arbitrary<T>;
}

/** Records whose optional members may be absent, but never undefined. */
function record<T extends object, K extends keyof T>(
  model: { [P in keyof T]-?: fc.Arbitrary<Exclude<T[P], undefined>> },
  requiredKeys: K[],
): fc.Arbitrary<T> {
  return fc.record(model, { requiredKeys, noNullPrototype: true }) as unknown as fc.Arbitrary<T>;
}

const host = plain<Host>({
  hostname: word,
  os: word,
  kernel: word,
  architecture: word,
  bootId: word,
  agentVersion: word,
  engines: fc.array(
    record(
      { id: engine, address: word, version: word, status: fc.constantFrom('ok', 'degraded'), message: word },
      ['id', 'address', 'status'],
    ) as fc.Arbitrary<Host['engines'][number]>,
    { maxLength: 3 },
  ),
  limitations: fc.array(word, { maxLength: 3 }),
});

const image = record<ReportedImage, keyof ReportedImage>(
  {
    imageId: part,
    names: fc.array(plain({ engine, namespace: fc.string(), name: word, target: word }), {
      maxLength: 3,
    }),
    manifestDigests: fc.array(word, { maxLength: 3 }),
    os: word,
    architecture: word,
    variant: word,
    diffIds: fc.array(word, { maxLength: 5 }),
    builtAt: fc.integer({ min: -1e12, max: 4e12 }),
    sizeBytes: size,
    labels: fc.dictionary(word, fc.string(), { maxKeys: 4, noNullPrototype: true }),
    pinned: fc.boolean(),
    composition: word,
    firstSeen: time,
    lastUsed: time,
    problem: word,
  },
  [
    'imageId',
    'names',
    'manifestDigests',
    'os',
    'architecture',
    'diffIds',
    'sizeBytes',
    'labels',
    'pinned',
    'firstSeen',
  ],
);

const container = record<Container, keyof Container>(
  {
    engine,
    namespace: fc.oneof(part, fc.constant('')),
    id: part,
    name: fc.string(),
    kind: fc.constantFrom('container', 'sandbox'),
    state: fc.constantFrom('created', 'running', 'paused', 'exited', 'unknown'),
    imageId: word,
    imageName: fc.string(),
    createdAt: time,
    pid,
    snapshotter: word,
    snapshotKey: word,
    pod: plain({ name: word, namespace: word, uid: word }),
    privileged: fc.boolean(),
  },
  ['engine', 'namespace', 'id', 'name', 'kind', 'state', 'imageName'],
);

const process = record<Process, keyof Process>(
  {
    bootId: part,
    pid,
    parentPid: fc.nat(),
    startTicks: size,
    startedAt: time,
    command: fc.string(),
    executable: fc.string(),
    uid: fc.nat(),
    user: fc.string(),
    attribution: fc.constantFrom('container', 'host', 'unknown'),
    containerId: word,
    podUid: word,
    imageId: word,
  },
  [
    'bootId',
    'pid',
    'parentPid',
    'startTicks',
    'startedAt',
    'command',
    'executable',
    'uid',
    'user',
    'attribution',
  ],
);

const item: fc.Arbitrary<StateItem> = fc.oneof(
  host.map((value) => ({ kind: 'host', value }) as const),
  image.map((value) => ({ kind: 'image', value }) as const),
  container.map((value) => ({ kind: 'container', value }) as const),
  process.map((value) => ({ kind: 'process', value }) as const),
);

test('every item comes back as it was', () => {
  fc.assert(
    fc.property(item, (value) => {
      const { key, payload } = encodeStateItem(value);
      assert.equal(key, stateKey(value));
      assert.deepEqual(decodeStateItem(key, payload), value);
    }),
  );
});

test('equal values give equal bytes, whatever the order of labels', () => {
  const base = fc.sample(image, 1)[0];
  assert.ok(base);
  const forth = { ...base, labels: { a: '1', b: '2', c: '3' } };
  const back = { ...base, labels: { c: '3', a: '1', b: '2' } };
  assert.deepEqual(
    encodeStateItem({ kind: 'image', value: forth }).payload,
    encodeStateItem({ kind: 'image', value: back }).payload,
  );
});

test('a process holds no arguments and no environment', () => {
  const fields = Object.keys(tallyman.v1.Process.prototype).filter((name) => /arg|env|cmdline/i.test(name));
  assert.deepEqual(fields, []);
});

test('any bytes under any key are an item or a WireError', () => {
  const key = fc.oneof(
    fc.constantFrom('host/', 'image/x', 'container/docker//x', 'process/b/1/2'),
    fc.string(),
  );
  fc.assert(
    fc.property(key, fc.uint8Array({ maxLength: 300 }), (name, payload) => {
      try {
        assert.equal(stateKey(decodeStateItem(name, payload)), name);
      } catch (error) {
        assert.ok(error instanceof WireError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

test('a damaged item is an item or a WireError', () => {
  fc.assert(
    fc.property(item, fc.nat(), fc.nat({ max: 255 }), (value, at, byte) => {
      const { key, payload } = encodeStateItem(value);
      const damaged = payload.slice();
      if (damaged.length > 0) damaged[at % damaged.length] = byte;
      try {
        assert.equal(stateKey(decodeStateItem(key, damaged)), key);
      } catch (error) {
        assert.ok(error instanceof WireError, String(error));
      }
    }),
    { numRuns: 500 },
  );
});

test('what does not belong together, or is not known, is said', () => {
  const codeOf = (code: WireError['code']) => (error: unknown) =>
    error instanceof WireError && error.code === code;
  const { payload } = encodeStateItem({
    kind: 'host',
    value: {
      hostname: 'h',
      os: '',
      kernel: '',
      architecture: '',
      bootId: '',
      agentVersion: '',
      engines: [],
      limitations: [],
    },
  });
  assert.throws(() => decodeStateItem('host/other', payload), codeOf('mismatch'));
  assert.throws(() => decodeStateItem('volume/x', payload), codeOf('unknown-word'));
  for (const [namespace, id] of [
    ['a/b', 'c'],
    ['a', 'b/c'],
  ]) {
    const { key, payload: slashed } = encodeStateItem({
      kind: 'container',
      value: { ...(fc.sample(container, 1)[0] ?? assert.fail()), engine: 'containerd', namespace, id },
    } as StateItem);
    assert.equal(key, 'container/containerd/a/b/c', 'it names two things');
    assert.throws(() => decodeStateItem(key, slashed), codeOf('malformed'));
  }
  assert.throws(() => decodeStateItem('', payload), codeOf('unknown-word'));
  const podman = tallyman.v1.Container.encode({ engine: 'podman', id: 'x' }).finish();
  assert.throws(() => decodeStateItem('container/podman//x', podman), codeOf('unknown-word'));
  assert.throws(() => decodeStateItem('host/', Buffer.from([0x0a, 0xff])), codeOf('malformed'));
  const many = tallyman.v1.Image.encode({ diffIds: Array.from({ length: 30_000 }, () => '') }).finish();
  assert.throws(() => decodeStateItem('image/', many), codeOf('too-large'));
  const huge = tallyman.v1.Image.encode({ imageId: 'x', sizeBytes: 2 ** 63 }).finish();
  assert.throws(() => decodeStateItem('image/x', huge), codeOf('malformed'));
});
