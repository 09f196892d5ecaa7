import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { dockerRuntime } from '../../agent/runtimes/docker/docker-runtime.ts';
import type { Runtime } from '../../agent/runtimes/runtime.ts';
import { startFakeDocker, type FakeAnswers } from '../support/fake-docker.ts';

const INDEX = `sha256:${'1'.repeat(64)}`;
const MANIFEST = `sha256:${'2'.repeat(64)}`;
const CONFIG = `sha256:${'3'.repeat(64)}`;
const LAYER = `sha256:${'4'.repeat(64)}`;
const CONTAINER = 'c'.repeat(64);

/** Docker 29 with its images in containerd, after the API reference 1.52: no layer directories, IDs of manifests. */
const CONTAINERD_STORE: FakeAnswers = {
  '/info': {
    ServerVersion: '29.0.1',
    Driver: 'overlayfs',
    DriverStatus: [['driver-type', 'io.containerd.snapshotter.v1']],
  },
  '/images/json': [
    { Id: INDEX, RepoTags: ['web:1'], RepoDigests: [`web@${INDEX}`], Size: 10, Labels: null },
    { Id: MANIFEST, RepoTags: null, RepoDigests: null, Size: 20, Labels: null },
  ],
  [`/images/${INDEX}/json`]: {
    Id: INDEX,
    Os: 'linux',
    Architecture: 'arm64',
    Variant: 'v8',
    Created: '0001-01-01T00:00:00Z',
    RootFS: { Type: 'layers', Layers: [LAYER] },
    Descriptor: { mediaType: 'application/vnd.oci.image.index.v1+json', digest: INDEX, size: 1 },
  },
  [`/images/${MANIFEST}/json`]: {
    Id: MANIFEST,
    Os: 'linux',
    Architecture: 'arm64',
    RootFS: { Type: 'layers', Layers: [LAYER] },
    Descriptor: { digest: MANIFEST, annotations: { 'config.digest': CONFIG } },
  },
  '/containers/json': [
    {
      Id: CONTAINER,
      Names: ['/k8s_pod'],
      Image: 'web:1',
      ImageID: MANIFEST,
      State: 'running',
      Created: 100,
      Labels: {
        'io.kubernetes.docker.type': 'podsandbox',
        'io.kubernetes.pod.name': 'web-0',
        'io.kubernetes.pod.namespace': 'shop',
        'io.kubernetes.pod.uid': 'u-1',
      },
    },
  ],
  [`/containers/${CONTAINER}/json`]: {
    Id: CONTAINER,
    State: { Status: 'running', Pid: 77 },
    Config: { Image: 'web:1' },
    HostConfig: { Privileged: true },
  },
};
const EMPTY: FakeAnswers = {
  '/info': { ServerVersion: '20.10' },
  '/images/json': [],
  '/containers/json': [],
};

test('shows images that are kept in containerd by the best digest there is', () =>
  withEngine(CONTAINERD_STORE, async (runtime) => {
    const view = await runtime.view(AbortSignal.timeout(60_000));
    assert.deepEqual(view.problems, []);
    const [unknownConfig, knownConfig] = view.images;
    assert.equal(unknownConfig?.imageId, INDEX);
    assert.deepEqual(unknownConfig?.manifestDigests, [INDEX]);
    assert.deepEqual(unknownConfig?.diffIds, [LAYER]);
    assert.equal(unknownConfig?.variant, 'v8');
    assert.equal(unknownConfig?.builtAt, undefined);
    assert.equal(knownConfig?.imageId, CONFIG);
    assert.deepEqual(knownConfig?.manifestDigests, [MANIFEST]);
    assert.deepEqual(knownConfig?.names, []);
    assert.equal(view.containers[0]?.imageId, CONFIG);
  }));

test('shows the pod that a container of cri-dockerd belongs to', () =>
  withEngine(CONTAINERD_STORE, async (runtime) => {
    const [sandbox] = (await runtime.view(AbortSignal.timeout(60_000))).containers;
    assert.equal(sandbox?.kind, 'sandbox');
    assert.deepEqual(sandbox?.pod, { name: 'web-0', namespace: 'shop', uid: 'u-1' });
    assert.equal(sandbox?.pid, 77);
    assert.equal(sandbox?.privileged, true);
    assert.equal(sandbox?.createdAt, 100_000);
  }));

test('refers to containerd for the layers of images that are kept there', () =>
  withEngine(CONTAINERD_STORE, async (runtime) => {
    const [image] = (await runtime.view(AbortSignal.timeout(60_000))).images;
    assert.ok(image);
    await assert.rejects(
      runtime.withLayers(image, AbortSignal.timeout(60_000), async () => 'read'),
      { name: 'RuntimeError', code: 'unsupported', message: /containerd's socket, namespace "moby"/ },
    );
  }));

test('asks for what cannot change only once', () =>
  withEngine(CONTAINERD_STORE, async (runtime, requests) => {
    await runtime.view(AbortSignal.timeout(60_000));
    const first = requests.length;
    await runtime.view(AbortSignal.timeout(60_000));
    assert.deepEqual(requests.slice(first).sort(), [
      `/containers/${CONTAINER}/json`,
      '/containers/json',
      '/images/json',
      '/info',
    ]);
  }));

test('leaves out what has gone since it was listed, and reports what the engine fails on', () => {
  const answers: FakeAnswers = {
    ...CONTAINERD_STORE,
    [`/images/${INDEX}/json`]: (_, response) => response.writeHead(500).end('{"message":"missing blob"}'),
    [`/images/${MANIFEST}/json`]: (_, response) => response.writeHead(404).end('{"message":"no such image"}'),
    [`/containers/${CONTAINER}/json`]: (_, response) => response.writeHead(500).end('{"message":"broken"}'),
  };
  return withEngine(answers, async (runtime) => {
    const view = await runtime.view(AbortSignal.timeout(60_000));
    assert.deepEqual(view.images, []);
    assert.deepEqual(
      view.problems.map(({ subject }) => subject),
      [INDEX, CONTAINER],
    );
    assert.match(view.problems[0]?.message ?? '', /missing blob/);
    // A container that cannot be inspected still uses its image.
    assert.equal(view.containers[0]?.imageId, MANIFEST);
  });
});

test('refuses an answer that is not understood', () =>
  withEngine({ ...EMPTY, '/images/json': [{ Id: 7 }] }, async (runtime) => {
    await assert.rejects(runtime.view(AbortSignal.timeout(60_000)), {
      code: 'unsupported',
      message: /not understood/,
    });
  }));

test('gives up on an engine that never answers', () =>
  withEngine(
    { ...EMPTY, '/info': () => undefined, '/events': () => undefined },
    async (runtime) => {
      const late = { name: 'RuntimeError', code: 'unreachable', message: /did not answer in time/ };
      await assert.rejects(runtime.view(new AbortController().signal), late);
      await assert.rejects(firstEvent(runtime, new AbortController().signal), late);
    },
    100,
  ));

test('gives up on an engine that dies in the middle of an answer', () =>
  withEngine(
    {
      ...EMPTY,
      '/images/json': (_, response) => {
        response.writeHead(200, { 'content-length': '1000' });
        response.write('[{"Id":');
        setTimeout(() => response.destroy(), 20);
      },
    },
    async (runtime) => {
      await assert.rejects(runtime.view(new AbortController().signal), { code: 'unreachable' });
    },
    200,
  ));

test("stops with the caller's reason when the caller stops it", () =>
  withEngine({ ...EMPTY, '/info': () => undefined }, async (runtime) => {
    const stop = new AbortController();
    const viewing = runtime.view(stop.signal);
    stop.abort(new Error('shutting down'));
    await assert.rejects(viewing, /shutting down/);
    await assert.rejects(runtime.view(stop.signal), /shutting down/);
  }));

test('ends the events when the caller stops them', () =>
  withEngine(
    { ...EMPTY, '/events': (_, response) => response.writeHead(200).flushHeaders() },
    async (runtime) => {
      const stop = new AbortController();
      const next = firstEvent(runtime, stop.signal);
      setTimeout(() => stop.abort(), 20);
      assert.equal(await next, undefined);
    },
  ));

test('throws when the event stream breaks off', () => {
  const heard = Promise.withResolvers<void>();
  return withEngine(
    {
      ...EMPTY,
      '/events': (_, response) => {
        response.writeHead(200);
        response.write('{"Type":"image","Action":"pull","Actor":{"ID":"web:1"}}\n{"Type":');
        void heard.promise.then(() => response.destroy());
      },
    },
    async (runtime) => {
      const events = runtime.events(AbortSignal.timeout(60_000))[Symbol.asyncIterator]();
      assert.deepEqual((await events.next()).value, {
        kind: 'image',
        topic: '/image/pull',
        subject: 'web:1',
      });
      heard.resolve();
      await assert.rejects(events.next(), { name: 'RuntimeError', code: 'unreachable', message: /hung up/ });
    },
  );
});

test('says what to do about a socket that is missing or dead', async (t) => {
  const folder = await mkdtemp('/tmp/tallyman-socket-');
  t.after(() => rm(folder, { recursive: true }));
  const viewOf = (name: string): Promise<unknown> =>
    dockerRuntime({ address: join(folder, name) }).view(AbortSignal.timeout(60_000));

  await assert.rejects(viewOf('missing'), { code: 'unreachable', message: /no Docker socket at .*missing/ });
  await writeFile(join(folder, 'dead'), '');
  await assert.rejects(viewOf('dead'), { code: 'unreachable', message: /start Docker/ });
});

async function firstEvent(runtime: Runtime, signal: AbortSignal): Promise<unknown> {
  for await (const event of runtime.events(signal)) return event;
  return undefined;
}

async function withEngine(
  answers: FakeAnswers,
  check: (runtime: Runtime, requests: readonly string[]) => Promise<void>,
  timeoutMs = 60_000,
): Promise<void> {
  const engine = await startFakeDocker(answers);
  const runtime = dockerRuntime({ address: engine.address, timeoutMs });
  try {
    await check(runtime, engine.requests);
  } finally {
    await runtime.close();
    await engine.stop();
  }
}
