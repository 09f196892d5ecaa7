import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Container, EngineId, Image, ImageName } from '../../../core/inventory.ts';
import { joinContainers, joinImages, joinInventories } from '../../../core/join-images.ts';

const CONFIG = digest('a');
const OTHER_CONFIG = digest('b');
const INDEX = digest('1');
const MANIFEST = digest('2');
const LAYERS = [digest('e'), digest('f')];
const CONTAINER = '9'.repeat(64);

test('one image for what both engines hold under the same image ID', () => {
  const { images } = joinImages([
    image({
      imageId: CONFIG,
      names: [name('containerd', 'k8s.io', 'web:1', INDEX)],
      manifestDigests: [MANIFEST],
    }),
    image({ imageId: CONFIG, names: [name('docker', '', 'web:1', CONFIG)], manifestDigests: [INDEX] }),
  ]);
  assert.equal(images.length, 1);
  assert.deepEqual(images[0]?.names, [
    name('containerd', 'k8s.io', 'web:1', INDEX),
    name('docker', '', 'web:1', CONFIG),
  ]);
  assert.deepEqual(images[0]?.manifestDigests, [MANIFEST, INDEX]);
});

test('one image for two namespaces that hold it, with the names of both, each once', () => {
  const inPods = image({
    imageId: CONFIG,
    names: [name('containerd', 'k8s.io', 'web:1', INDEX)],
    pinned: true,
  });
  const inDefault = image({ imageId: CONFIG, names: [name('containerd', 'default', 'web:1', INDEX)] });
  const { images } = joinImages([inDefault, inPods, inPods]);
  assert.deepEqual(
    images.map(({ names, pinned }) => ({ namespaces: names.map(({ namespace }) => namespace), pinned })),
    [{ namespaces: ['default', 'k8s.io'], pinned: true }],
  );
});

for (const [what, byDocker, target] of [
  ['an index', INDEX, INDEX],
  ['a manifest', MANIFEST, MANIFEST],
  ['the manifest within the index that containerd names', MANIFEST, INDEX],
] as const) {
  test(`finds the image ID of what Docker knows by ${what} only`, () => {
    const docker = image({
      imageId: byDocker,
      names: [name('docker', '', 'web:1', byDocker)],
      manifestDigests: [byDocker],
      sizeBytes: 900,
    });
    const containerd = image({
      imageId: CONFIG,
      names: [name('containerd', 'moby', 'docker.io/library/web:1', target)],
      manifestDigests: [MANIFEST],
      sizeBytes: 300,
    });
    for (const order of [
      [docker, containerd],
      [containerd, docker],
    ]) {
      const { images, imageIdOf } = joinImages(order);
      assert.equal(images.length, 1);
      assert.equal(images[0]?.imageId, CONFIG);
      assert.equal(images[0]?.names.length, 2);
      assert.equal(images[0]?.sizeBytes, 300);
      assert.equal(imageIdOf(byDocker), CONFIG);
      assert.equal(imageIdOf(CONFIG), CONFIG);
    }
  });
}

test('keeps an image of another platform of the same index apart', () => {
  const docker = image({
    imageId: INDEX,
    manifestDigests: [INDEX],
    diffIds: [digest('c')],
    architecture: 'arm64',
  });
  const containerd = image({ imageId: CONFIG, names: [name('containerd', 'moby', 'web:1', INDEX)] });
  const { images } = joinImages([docker, containerd]);
  assert.deepEqual(
    images.map(({ imageId }) => imageId),
    [INDEX, CONFIG],
  );
});

test('joins an index that Docker holds no content of with what containerd holds', () => {
  const docker = image({ imageId: INDEX, manifestDigests: [INDEX], diffIds: [], architecture: '' });
  const containerd = image({ imageId: CONFIG, names: [name('containerd', 'moby', 'web:1', INDEX)] });
  const [joined, ...more] = joinImages([docker, containerd]).images;
  assert.deepEqual(more, []);
  assert.deepEqual([joined?.imageId, joined?.diffIds, joined?.architecture], [CONFIG, LAYERS, 'amd64']);
});

test('a digest that stands for two images stands for none', () => {
  const both = [CONFIG, OTHER_CONFIG].map((imageId) =>
    image({ imageId, names: [name('containerd', 'default', 'web:1', INDEX)] }),
  );
  assert.equal(joinImages(both).imageIdOf(INDEX), INDEX);
});

test('a container that Docker runs is one, with the snapshot that only containerd knows', () => {
  const containers = joinContainers(
    [
      container({
        engine: 'containerd',
        namespace: 'moby',
        id: CONTAINER,
        snapshotKey: CONTAINER,
        snapshotter: 'overlayfs',
      }),
      container({ engine: 'docker', id: CONTAINER, imageId: INDEX, pid: 7 }),
    ],
    (known) => (known === INDEX ? CONFIG : known),
  );
  assert.equal(containers.length, 1);
  assert.deepEqual(
    { ...containers[0] },
    {
      ...container({ engine: 'docker', id: CONTAINER, imageId: CONFIG, pid: 7 }),
      snapshotKey: CONTAINER,
      snapshotter: 'overlayfs',
    },
  );
});

test('a chosen container ID does not make two containers one', () => {
  const containers = [
    container({ engine: 'containerd', namespace: 'default', id: 'web' }),
    container({ engine: 'containerd', namespace: 'other', id: 'web' }),
    container({ engine: 'docker', id: 'web' }),
  ];
  assert.deepEqual(
    joinContainers(containers, (known) => known),
    containers,
  );
});

test('whatever the engines hold, no image ID comes twice and no name is lost', () => {
  const digests = fc.constantFrom(CONFIG, OTHER_CONFIG, INDEX, MANIFEST);
  const someName = fc.record({
    engine: fc.constantFrom<EngineId>('docker', 'containerd'),
    namespace: fc.constantFrom('', 'moby'),
    name: fc.constantFrom('a:1', 'b:1'),
    target: digests,
  });
  const someImage = fc.record({
    imageId: digests,
    names: fc.array(someName, { maxLength: 3 }),
    manifestDigests: fc.array(digests, { maxLength: 2 }),
    diffIds: fc.constantFrom(LAYERS, [], [LAYERS[0] ?? '']),
  });
  fc.assert(
    fc.property(fc.array(someImage, { maxLength: 6 }), (list) => {
      const given = list.map((fields) => image(fields));
      const { images } = joinInventories(given, []);
      assert.equal(new Set(images.map(({ imageId }) => imageId)).size, images.length);
      const key = ({ engine, namespace, name: tag }: ImageName): string => `${engine} ${namespace} ${tag}`;
      assert.deepEqual(
        new Set(images.flatMap(({ names }) => names.map(key))),
        new Set(given.flatMap(({ names }) => names.map(key))),
      );
    }),
  );
});

function digest(digit: string): string {
  return `sha256:${digit.repeat(64)}`;
}

function name(engine: EngineId, namespace: string, tag: string, target: string): ImageName {
  return { engine, namespace, name: tag, target };
}

function image(fields: Partial<Image>): Image {
  return {
    imageId: CONFIG,
    names: [],
    manifestDigests: [],
    os: 'linux',
    architecture: 'amd64',
    diffIds: LAYERS,
    sizeBytes: 1,
    labels: {},
    pinned: false,
    ...fields,
  };
}

function container(fields: Partial<Container>): Container {
  return {
    engine: 'docker',
    namespace: '',
    id: '',
    name: '',
    kind: 'container',
    state: 'running',
    imageName: 'web:1',
    ...fields,
  };
}
