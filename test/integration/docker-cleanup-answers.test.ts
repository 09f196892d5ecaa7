import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { dockerRuntime, type DockerRuntime } from '../../agent/runtimes/docker/docker-runtime.ts';
import { dockerRemoval } from '../../agent/runtimes/docker/removal.ts';
import type { NameRemoval } from '../../agent/runtimes/removal.ts';
import { startFakeDocker, type FakeAnswers } from '../support/fake-docker.ts';

const [WEB, VOLUME, OTHER] = ['1', '2', '3'].map((digit) => `sha256:${digit.repeat(64)}`) as [
  string,
  string,
  string,
];
const LAYER = `sha256:${'4'.repeat(64)}`;
const MANIFEST = `sha256:${'5'.repeat(64)}`;
const CONTAINER = 'c'.repeat(64);
const IN_CONTAINERD = {
  ServerVersion: '29.0.1',
  Driver: 'overlayfs',
  DriverStatus: [['driver-type', 'io.containerd.snapshotter.v1']],
};
const IN_OVERLAY2 = { ServerVersion: '29.0.1', Driver: 'overlay2', DockerRootDir: '/nowhere' };

/** Docker 28 and later, after the API reference 1.48: an image mounted into a container that was made from another. */
const MOUNTED: FakeAnswers = {
  '/info': IN_OVERLAY2,
  '/images/json': [
    { Id: WEB, RepoTags: ['web:1'], RepoDigests: null, Size: 10 },
    { Id: VOLUME, RepoTags: ['models:1'], RepoDigests: null, Size: 10 },
    { Id: OTHER, RepoTags: ['models:2'], RepoDigests: null, Size: 10 },
  ],
  [`/images/${WEB}/json`]: { Id: WEB },
  [`/images/${VOLUME}/json`]: { Id: VOLUME, RootFS: { Layers: [LAYER] } },
  [`/images/${OTHER}/json`]: { Id: OTHER, RootFS: { Layers: [MANIFEST] } },
  '/containers/json': [
    {
      ...{ Id: CONTAINER, Names: ['/web'], Image: 'web:1', ImageID: WEB, State: 'running', Created: 1 },
      Mounts: [{ Type: 'image', Name: 'x', Source: '/', Destination: '/models' }],
    },
  ],
  [`/containers/${CONTAINER}/json`]: {
    Id: CONTAINER,
    Config: { Image: 'web:1' },
    HostConfig: {
      Mounts: [
        { Type: 'image', Source: 'models:1', Target: '/models' },
        { Type: 'bind', Source: 'models:2', Target: '/bind' },
      ],
    },
  },
};

test('6: an image that is mounted into a container is used by it', () =>
  withEngine(MOUNTED, async (runtime) => {
    assert.deepEqual(await runtime.uses(soon()), [
      { imageId: WEB, kind: 'container', who: 'container web (running)' },
      { imageId: VOLUME, kind: 'volume', who: 'a mount of container web (running)' },
    ]);
  }));

test("6: the writable layer tells which image is mounted after the image's name has moved on", async (t) => {
  const root = await mkdtemp('/tmp/tallyman-docker-root-');
  t.after(() => rm(root, { recursive: true }));
  const mounts = join(root, 'image/overlay2/layerdb/mounts');
  const names = [`${CONTAINER}-${VOLUME}`, Buffer.from(`${CONTAINER},src=models:1`).toString('hex')];
  for (const name of names) {
    await mkdir(join(mounts, name), { recursive: true });
    await writeFile(join(mounts, name, 'parent'), LAYER);
    const moved = [
      { Id: WEB, RepoTags: ['web:1'], RepoDigests: null, Size: 10 },
      { Id: VOLUME, RepoTags: null, RepoDigests: null, Size: 10 },
      { Id: OTHER, RepoTags: ['models:1'], RepoDigests: null, Size: 10 },
    ];
    const info = { ...IN_OVERLAY2, DockerRootDir: root };
    await withEngine({ ...MOUNTED, '/info': info, '/images/json': moved }, async (runtime) => {
      const mounted = (await runtime.uses(soon())).filter(({ kind }) => kind === 'volume');
      assert.deepEqual(new Set(mounted.map(({ imageId }) => imageId)), new Set([VOLUME, OTHER]));
    });
    await rm(join(mounts, name), { recursive: true });
  }
});

test('when it cannot be told which image is mounted, nothing is said to be unused', () => {
  const renamed = [{ Id: VOLUME, RepoTags: ['renamed:1'], RepoDigests: null, Size: 10 }];
  return withEngine({ ...MOUNTED, '/images/json': renamed }, async (runtime) => {
    await assert.rejects(runtime.uses(soon()), {
      code: 'failed',
      message: /mounted into container web \(running\) as models:1/,
    });
  });
});

test('a container that cannot be inspected uses its image, but one with mounted images stops everything', async () => {
  const broken = (_: IncomingMessage, response: ServerResponse): unknown =>
    response.writeHead(500).end('{"message":"broken"}');
  const answers = { ...MOUNTED, [`/containers/${CONTAINER}/json`]: broken };
  await withEngine(answers, (runtime) => assert.rejects(runtime.uses(soon()), /broken/));
  const plain = [{ Id: CONTAINER, Names: null, Image: WEB, ImageID: WEB, State: 'dead', Created: 1 }];
  await withEngine({ ...answers, '/containers/json': plain }, async (runtime) => {
    assert.deepEqual(await runtime.uses(soon()), [
      { imageId: WEB, kind: 'container', who: `container ${CONTAINER.slice(0, 12)} (dead)` },
    ]);
  });
});

test("a pod's pause container is told by its pod", () => {
  const sandbox = {
    ...{ Id: CONTAINER, Names: ['/k8s_POD'], Image: WEB, ImageID: WEB, State: 'running', Created: 1 },
    Labels: {
      'io.kubernetes.docker.type': 'podsandbox',
      'io.kubernetes.pod.name': 'web-0',
      'io.kubernetes.pod.namespace': 'shop',
      'io.kubernetes.pod.uid': 'u-1',
    },
  };
  return withEngine({ ...MOUNTED, '/containers/json': [sandbox] }, async (runtime) => {
    assert.deepEqual(await runtime.uses(soon()), [{ imageId: WEB, kind: 'sandbox', who: 'pod shop/web-0' }]);
  });
});

test('with images in containerd Docker tells who uses them, and leaves the rest to containerd', () => {
  const answers: FakeAnswers = {
    ...MOUNTED,
    '/info': IN_CONTAINERD,
    '/images/json': [
      { Id: WEB, RepoTags: ['web:1'], RepoDigests: [`web@${WEB}`], Size: 10 },
      { Id: OTHER, RepoTags: null, RepoDigests: null, Size: 10 },
    ],
    '/containers/json': [
      {
        ...{ Id: CONTAINER, Names: ['/web'], Image: 'web:1', ImageID: WEB, State: 'exited', Created: 1 },
        ImageManifestDescriptor: { digest: MANIFEST },
      },
    ],
  };
  return withEngine(answers, async (runtime) => {
    const held = await runtime.holdings(soon());
    assert.deepEqual(
      held.uses.map(({ imageId }) => imageId),
      [WEB, MANIFEST],
    );
    assert.deepEqual([held.storage.things.size, held.storage.roots, held.fromRegistry.size], [0, [], 0]);
    assert.match(held.notes?.[0] ?? '', /namespace "moby"/);
    assert.deepEqual(held.view.images[1]?.names, [
      { engine: 'docker', namespace: '', name: OTHER, target: OTHER },
    ]);
  });
});

const TAGGED = { Id: WEB, RepoTags: ['web:1'], RepoDigests: [`web@${MANIFEST}`] };

test("an image's only tag is removed by the image's ID, and never by force", async () => {
  const removed: string[] = [];
  const note = (request: IncomingMessage, response: ServerResponse): void => {
    removed.push(`${request.method} ${request.url}`);
    response.writeHead(200).end('[]');
  };
  const two = { ...TAGGED, RepoTags: ['web:1', 'web:2'] };
  const answers = {
    [`/images/${WEB}`]: note,
    '/images/web:1': note,
    '/images/web:1/json': TAGGED as object,
    '/images/web:2/json': TAGGED as object,
  };
  assert.deepEqual(await removalOf('web:1', answers), { kind: 'removed' });
  assert.deepEqual(await removalOf('web:1', { ...answers, '/images/web:1/json': two }), { kind: 'removed' });
  const query = '?force=false&noprune=false';
  assert.deepEqual(removed, [
    `DELETE /images/${encodeURIComponent(WEB)}${query}`,
    `DELETE /images/${encodeURIComponent('web:1')}${query}`,
  ]);
});

test('when the engine loses its way, what became of the name is looked at again', async () => {
  const lost = (_: IncomingMessage, response: ServerResponse): unknown =>
    response.writeHead(500).end(`{"message":"unrecognized image ID ${WEB}"}`);
  const isGone = async (after: object | undefined, message = lost): Promise<NameRemoval> => {
    let looks = 0;
    const look = (_: IncomingMessage, response: ServerResponse): void => {
      looks += 1;
      const answer = looks === 1 ? TAGGED : after;
      response.writeHead(answer ? 200 : 404).end(JSON.stringify(answer ?? { message: 'gone' }));
    };
    return removalOf('web:1', { '/images/web:1/json': look, [`/images/${WEB}`]: message });
  };
  assert.deepEqual(await isGone(undefined), { kind: 'gone' });
  assert.deepEqual(await isGone({ ...TAGGED, Id: OTHER }), { kind: 'changed', target: OTHER });
  await assert.rejects(isGone(TAGGED), { code: 'failed', message: /unrecognized image ID/ });
  const busy = (_: IncomingMessage, response: ServerResponse): unknown =>
    response.writeHead(500).end('{"message":"device or resource busy"}');
  await assert.rejects(isGone(undefined, busy), { code: 'failed', message: /resource busy/ });
});

async function removalOf(name: string, answers: FakeAnswers): Promise<NameRemoval> {
  const engine = await startFakeDocker(answers);
  const removal = dockerRemoval({ address: engine.address, timeoutMs: 60_000 });
  try {
    return await removal.remove({ engine: 'docker', namespace: '', name, target: WEB }, true, soon());
  } finally {
    await removal.close();
    await engine.stop();
  }
}

async function withEngine(
  answers: FakeAnswers,
  check: (runtime: DockerRuntime) => Promise<void>,
): Promise<void> {
  const engine = await startFakeDocker(answers);
  const runtime = dockerRuntime({ address: engine.address, timeoutMs: 60_000 });
  try {
    await check(runtime);
  } finally {
    await runtime.close();
    await engine.stop();
  }
}

function soon(): AbortSignal {
  return AbortSignal.timeout(60_000);
}
