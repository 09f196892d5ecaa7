import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contentId, snapshotId } from '../../../../../agent/runtimes/containerd/gc-labels.ts';
import { leaksOf } from '../../../../../agent/runtimes/containerd/leaks.ts';
import type { ResolvedName } from '../../../../../agent/runtimes/containerd/images.ts';
import type { NamespaceRecords } from '../../../../../agent/runtimes/containerd/namespace-records.ts';
import { storageOf, type StorageSources } from '../../../../../agent/runtimes/containerd/storage.ts';
import type {
  ContentRecord,
  NamespaceThings,
  SnapshotRecord,
} from '../../../../../agent/runtimes/containerd/stored-things.ts';
import { SpaceLedger } from '../../../../../core/cleanup/storage.ts';
import type { Lease } from '../../../../../core/inventory.ts';

const HOUR = 3_600_000;
const NOW = 1_000 * HOUR;
const LABELS = { refs: [], keptBy: [], isRoot: false };
const NS = 'k8s.io';

function blob(digest: string, bytes: number, more: Partial<ContentRecord> = {}): ContentRecord {
  return { ...LABELS, digest, bytes, createdAt: 0, isPulled: false, ...more };
}

function snapshot(key: string, parent: string, more: Partial<SnapshotRecord> = {}): SnapshotRecord {
  return { ...LABELS, snapshotter: 'overlayfs', key, parent, isCommitted: true, createdAt: 0, ...more };
}

function image(name: string, target: string, imageId: string, namespace = NS): ResolvedName {
  const content = {
    imageId,
    manifestDigest: target,
    layers: [],
    blobs: [],
    platform: { os: 'linux', architecture: 'amd64' },
    diffIds: [],
    labels: {},
  };
  const record = { name, labels: {}, target: { mediaType: '', digest: target, size: 1 } };
  return { namespace, record, resolution: { kind: 'image', content } };
}

function lease(id: string, labels: Lease['labels'], resources: Lease['resources']): Lease {
  return { namespace: NS, id, labels, resources };
}

/** An image `app`: manifest m (1 byte), config c (10) over a layer l (100), unpacked as top (1000) over base (10000). */
const THINGS: NamespaceThings = {
  namespace: NS,
  content: [
    blob('m', 1, { refs: [contentId(NS, 'c'), contentId(NS, 'l')] }),
    blob('c', 10, { refs: [snapshotId(NS, 'overlayfs', 'top')] }),
    blob('l', 100),
  ],
  snapshots: [snapshot('base', ''), snapshot('top', 'base')],
  ingests: [],
};
const USAGES = new Map([
  [snapshotId(NS, 'overlayfs', 'top'), { bytes: 1_000, inodes: 3 }],
  [snapshotId(NS, 'overlayfs', 'base'), { bytes: 10_000, inodes: 5 }],
]);

function sources(more: Partial<StorageSources>, held: Partial<NamespaceRecords> = {}): StorageSources {
  return {
    things: [THINGS],
    usages: USAGES,
    held: [{ namespace: NS, images: [], containers: [], tasks: new Map(), leases: [], ...held }],
    names: [image('app:1', 'm', 'c')],
    excludedNamespaces: new Set(),
    now: NOW,
    ...more,
  };
}

function exclusive(of: StorageSources): number {
  return new SpaceLedger(storageOf(of)).exclusive('c').bytes;
}

test('an image alone holds its blobs and its snapshots', () => {
  const ledger = new SpaceLedger(storageOf(sources({})));
  assert.deepEqual(ledger.exclusive('c'), { bytes: 11_111, inodes: 3 + 8 });
});

test('a lease keeps what it names with all below, a flat one the thing itself and the parents of snapshots', () => {
  const onManifest = [{ type: 'content', id: 'm' }];
  const onTop = [{ type: 'snapshots/overlayfs', id: 'top' }];
  const flat = { 'containerd.io/gc.flat': '1' };
  assert.equal(exclusive(sources({}, { leases: [lease('whole', {}, onManifest)] })), 0);
  assert.equal(exclusive(sources({}, { leases: [lease('flat', flat, onManifest)] })), 11_110);
  assert.equal(exclusive(sources({}, { leases: [lease('flat', flat, onTop)] })), 111);
  const both = [lease('one', flat, onTop), lease('two', flat, [{ type: 'snapshots/overlayfs', id: 'base' }])];
  assert.equal(exclusive(sources({}, { leases: both })), 111);
});

test('an expired lease keeps nothing, one whose expiry cannot be read does', () => {
  const resources = [{ type: 'content', id: 'm' }];
  const expiring = (time: string) => [lease('one', { 'containerd.io/gc.expire': time }, resources)];
  assert.equal(exclusive(sources({}, { leases: expiring(new Date(NOW - 1).toISOString()) })), 11_111);
  assert.equal(exclusive(sources({}, { leases: expiring(new Date(NOW + 1).toISOString()) })), 0);
  assert.equal(exclusive(sources({}, { leases: expiring('1970-01-01') })), 0);
});

test('a container keeps its snapshot with its parents, and what its labels name', () => {
  const container = { id: 'web', labels: {}, image: 'app:1', snapshotter: 'overlayfs', snapshotKey: 'web' };
  const things = {
    ...THINGS,
    snapshots: [...THINGS.snapshots, snapshot('web', 'top', { isCommitted: false })],
  };
  assert.equal(exclusive(sources({ things: [things] }, { containers: [container] })), 111);
  const labels = { 'containerd.io/gc.ref.content.x': 'l' };
  assert.equal(exclusive(sources({ things: [things] }, { containers: [{ ...container, labels }] })), 11);
});

test('what refers back goes with its keeper', () => {
  const kept = blob('k', 7, { keptBy: [contentId(NS, 'm')] });
  const other = blob('o', 5, { keptBy: [`image/${NS}/app:1`] });
  const things = { ...THINGS, content: [...THINGS.content, kept, other] };
  assert.equal(exclusive(sources({ things: [things] })), 11_111 + 7 + 5);
});

test('a root label, a download under way and a name that is not ours keep what they name', () => {
  const rooted = { ...THINGS, content: [...THINGS.content.slice(0, 2), blob('l', 100, { isRoot: true })] };
  assert.equal(exclusive(sources({ things: [rooted] })), 11_011);
  const ingest = { ref: 'layer-l', bytes: 1, expected: 'l', updatedAt: NOW };
  assert.equal(exclusive(sources({ things: [{ ...THINGS, ingests: [ingest] }] })), 11_011);
  const hidden: NamespaceThings = { ...THINGS, namespace: 'hidden', content: [blob('m', 1)], snapshots: [] };
  const names = [image('app:1', 'm', 'c'), image('app:1', 'm', 'c', 'hidden')];
  const excludedNamespaces = new Set(['hidden']);
  assert.equal(exclusive(sources({ things: [THINGS, hidden], names, excludedNamespaces })), 11_110);
});

test('what nothing keeps is a leak once it has been there for a while', () => {
  const young = { createdAt: NOW - 1 };
  const things: NamespaceThings = {
    ...THINGS,
    content: [...THINGS.content, blob('lost', 9), blob('young', 9, young)],
    snapshots: [...THINGS.snapshots, snapshot('gone', 'base'), snapshot('new', 'base', young)],
    ingests: [
      { ref: 'given-up', bytes: 3, expected: '', updatedAt: NOW - 25 * HOUR },
      { ref: 'leased', bytes: 3, expected: '', updatedAt: NOW - 25 * HOUR },
      { ref: 'running', bytes: 3, expected: '', updatedAt: NOW - HOUR },
    ],
  };
  const expired = { 'containerd.io/gc.expire': new Date(NOW - 1).toISOString() };
  const flat = { 'containerd.io/gc.flat': '1' };
  const leases = [
    lease('old', expired, []),
    lease('pull', {}, [{ type: 'ingests', id: 'leased' }]),
    lease('flat', flat, [{ type: 'content', id: 'l' }]),
  ];
  const all = sources({ things: [things] }, { leases });
  const leaks = leaksOf({ ...all, storage: storageOf(all) });
  assert.deepEqual(
    leaks.map(({ kind, id, bytes }) => `${kind} ${id} ${bytes}`),
    ['content lost 9', 'snapshot overlayfs/gone 0', 'ingest given-up 3', 'lease old 0'],
  );
});
