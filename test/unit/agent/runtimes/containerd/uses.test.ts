import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_CRI, type CriContainer } from '../../../../../agent/runtimes/containerd/cri.ts';
import type { ResolvedName } from '../../../../../agent/runtimes/containerd/images.ts';
import { imageUses, type UseSources } from '../../../../../agent/runtimes/containerd/uses.ts';

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const NS = 'k8s.io';

/** An image of one layer: the ID, the manifest and the layer differ in their digests. */
function image(name: string, letter: string): ResolvedName {
  const layer = { mediaType: '', digest: digest('1'), size: 1 };
  const content = {
    imageId: digest(letter),
    manifestDigest: digest('2'),
    layers: [layer],
    blobs: [layer],
    platform: { os: 'linux', architecture: 'amd64' },
    diffIds: [digest('1')],
    chainId: digest('1'),
    labels: {},
  };
  const record = { name, labels: {}, target: { mediaType: '', digest: digest('3'), size: 1 } };
  return { namespace: NS, record, resolution: { kind: 'image', content } };
}

function usesOf(more: Partial<UseSources>): readonly string[] {
  const uses = imageUses({
    held: [],
    containers: [],
    names: [image('docker.io/library/app:1', 'a')],
    things: [],
    cri: NO_CRI,
    criNeeds: { configured: [], volumes: new Map() },
    now: 0,
    ...more,
  });
  assert.ok(uses.every(({ imageId }) => imageId === digest('a')));
  return uses.map(({ kind, who }) => `${kind}: ${who}`);
}

function criContainer(...imageReferences: readonly string[]): UseSources['cri'] {
  const container: CriContainer = { name: 'web', state: 'running', imageId: '', imageReferences };
  return { ...NO_CRI, containers: new Map([['0123', container]]) };
}

test("the CRI's own words for an image mean it: name, ID, hex, digest of what it points at", () => {
  const used = ['container: container 0123'];
  for (const reference of [
    'app:1',
    'docker.io/library/app:1',
    digest('a'),
    'a'.repeat(64),
    `app@${digest('3')}`,
    `elsewhere.example/app@${digest('2')}`,
  ]) {
    assert.deepEqual(usesOf({ cri: criContainer(reference) }), used, reference);
  }
  assert.deepEqual(usesOf({ cri: criContainer('app:2', digest('b')) }), []);
});

test('an image that is a volume is in use by the container that has it', () => {
  const volumes = new Map([['0123', ['app:1']]]);
  const criNeeds = { configured: [], volumes };
  assert.deepEqual(usesOf({ cri: criContainer(), criNeeds }), ['volume: container 0123']);
});

test("an image in the CRI's configuration is pinned, under its short name too", () => {
  const names = [image('docker.io/library/pause:latest', 'a')];
  const criNeeds = { configured: ['pause'], volumes: new Map() };
  assert.deepEqual(usesOf({ names, criNeeds }), ["pin: the CRI's configuration"]);
  const cri = { ...NO_CRI, pinnedImages: new Set([digest('a')]) };
  assert.deepEqual(usesOf({ cri }), ['pin: the CRI']);
});

test("the lease that a sandbox has on an image volume's snapshot is a use of the image", () => {
  const key = '/run/containerd/image-volumes/web/0';
  const labels = { refs: [], keptBy: [], isRoot: false };
  const snapshot = { snapshotter: 'overlayfs', isCommitted: false, createdAt: 0, ...labels };
  const things = [
    { namespace: NS, content: [], ingests: [], snapshots: [{ ...snapshot, key, parent: digest('1') }] },
  ];
  const resources = [{ type: 'snapshots/overlayfs', id: key }];
  const leases = [{ namespace: NS, id: 'web', labels: {}, resources }];
  const held = [{ namespace: NS, images: [], containers: [], tasks: new Map(), leases }];
  assert.deepEqual(usesOf({ things, held }), [
    'lease: lease web of namespace k8s.io',
    `container: snapshot ${key} of namespace k8s.io`,
  ]);
});

test('parents that go round in a circle end nowhere', () => {
  const labels = { refs: [], keptBy: [], isRoot: false };
  const snapshot = { snapshotter: 'overlayfs', isCommitted: true, createdAt: 0, ...labels };
  const snapshots = [
    { ...snapshot, key: 'a', parent: 'b' },
    { ...snapshot, key: 'b', parent: 'a' },
    { ...snapshot, key: 'c', parent: 'a' },
  ];
  assert.deepEqual(usesOf({ things: [{ namespace: NS, content: [], ingests: [], snapshots }] }), []);
});
