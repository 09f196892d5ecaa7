import type {
  Space,
  Storage,
  StorageHolder,
  StorageRoot,
  StoredThing,
} from '../../../core/cleanup/storage.ts';
import type { Lease } from '../../../core/inventory.ts';
import {
  containerId,
  contentId,
  imageNameId,
  labelReferences,
  snapshotId,
  type LabelReferences,
} from './gc-labels.ts';
import type { ResolvedName } from './images.ts';
import { isExpired, isOwnLease, quarantinedImage } from './leases.ts';
import type { NamespaceRecords } from './namespace-records.ts';
import type { NamespaceThings } from './stored-things.ts';

const FLAT_LABEL = 'containerd.io/gc.flat';

export interface StorageSources {
  readonly things: readonly NamespaceThings[];
  /** By the ID of a snapshot; of those that are asked for. */
  readonly usages: ReadonlyMap<string, Space>;
  readonly held: readonly NamespaceRecords[];
  readonly names: readonly ResolvedName[];
  /** Names in these are not ours to remove: what they hold stays. */
  readonly excludedNamespaces: ReadonlySet<string>;
  /** ms since the epoch. */
  readonly now: number;
}

interface GrowingThing extends StoredThing {
  readonly refs: string[];
}

/**
 * The graph that containerd's garbage collector walks, with the disk space of every thing in it. Source: containerd,
 * core/metadata/gc.go. Blobs are one on disk for all namespaces, snapshots are each namespace's own. What containerd 2
 * adds for streams and activated mounts is not told by its API; none of it keeps what an image would.
 */
export function storageOf(sources: StorageSources): Storage {
  const things = new Map<string, GrowingThing>();
  const roots = new Map<string, StorageRoot & { readonly refs: string[] }>();
  const parents = new Map<string, string>();
  const keptBy: { readonly keeper: string; readonly kept: string }[] = [];

  function addRoot(id: string, holder: StorageHolder, refs: readonly string[]): void {
    roots.set(id, { holder, refs: [...refs] });
  }
  function noteLabels(id: string, labels: LabelReferences, what: string): void {
    for (const keeper of labels.keptBy) keptBy.push({ keeper, kept: id });
    if (labels.isRoot) addRoot(`root/${id}`, { kind: 'other', what: `a label on ${what}` }, [id]);
  }

  for (const { namespace, content, snapshots, ingests } of sources.things) {
    for (const blob of content) {
      const id = contentId(namespace, blob.digest);
      const { bytes } = blob;
      things.set(id, { id, shared: `content/${blob.digest}`, bytes, inodes: 1, refs: [...blob.refs] });
      noteLabels(id, blob, `blob ${blob.digest} in namespace ${namespace}`);
    }
    for (const snapshot of snapshots) {
      const id = snapshotId(namespace, snapshot.snapshotter, snapshot.key);
      const { bytes, inodes } = sources.usages.get(id) ?? { bytes: 0, inodes: 0 };
      const refs = [...snapshot.refs];
      if (snapshot.parent !== '') {
        const parent = snapshotId(namespace, snapshot.snapshotter, snapshot.parent);
        parents.set(id, parent);
        refs.push(parent);
      }
      things.set(id, { id, bytes, inodes, refs });
      noteLabels(id, snapshot, `snapshot ${snapshot.key} in namespace ${namespace}`);
    }
    for (const { ref, expected } of ingests) {
      const holder: StorageHolder = { kind: 'other', what: `a download in namespace ${namespace}` };
      addRoot(`ingest/${namespace}/${ref}`, holder, [contentId(namespace, expected)]);
    }
  }

  for (const { namespace, record, resolution } of sources.names) {
    const isOurs = resolution.kind === 'image' && !sources.excludedNamespaces.has(namespace);
    const holder: StorageHolder = isOurs
      ? { kind: 'image', imageId: resolution.content.imageId }
      : { kind: 'other', what: `image ${record.name} of namespace ${namespace}` };
    const labels = labelReferences(namespace, record.labels);
    addRoot(imageNameId(namespace, record.name), holder, [
      contentId(namespace, record.target.digest),
      ...labels.refs,
    ]);
  }
  for (const { namespace, containers, leases } of sources.held) {
    for (const { id, snapshotter, snapshotKey, labels } of containers) {
      const holder: StorageHolder = { kind: 'other', what: `container ${id} of namespace ${namespace}` };
      const own = snapshotter === '' ? [] : [snapshotId(namespace, snapshotter, snapshotKey)];
      addRoot(containerId(namespace, id), holder, [...own, ...labelReferences(namespace, labels).refs]);
    }
    for (const lease of leases) {
      // The collector does not look at it any more.
      if (isExpired(lease, sources.now)) continue;
      const isFlat = lease.labels[FLAT_LABEL] !== undefined;
      const refs = leasedIds(lease).map((id) => (isFlat ? addFlat(things, parents, id) : id));
      addRoot(`lease/${namespace}/${lease.id}`, leaseHolder(lease), refs);
    }
  }

  for (const { keeper, kept } of keptBy) (things.get(keeper) ?? roots.get(keeper))?.refs.push(kept);
  return { things, roots: [...roots.values()] };
}

function leaseHolder(lease: Lease): StorageHolder {
  const { id, namespace } = lease;
  const imageId = quarantinedImage(lease);
  if (imageId !== undefined) return { kind: 'quarantine', imageId, leaseId: id };
  const what = `lease ${id} of namespace ${namespace}`;
  return { kind: 'other', what: isOwnLease(lease) ? `the reading of layers (${what})` : what };
}

/** IDs of the things that a lease names. */
function leasedIds({ namespace, resources }: Lease): readonly string[] {
  return resources.flatMap(({ type, id }) => {
    if (type === 'content') return [contentId(namespace, id)];
    const [kind, snapshotter] = type.split('/');
    return kind === 'snapshots' && snapshotter !== undefined ? [snapshotId(namespace, snapshotter, id)] : [];
  });
}

/**
 * A flat lease keeps a blob without what its labels name, and a snapshot with its parents only: a second entry of the
 * same thing on disk says so.
 */
function addFlat(
  things: Map<string, GrowingThing>,
  parents: ReadonlyMap<string, string>,
  id: string,
): string {
  for (let at: string | undefined = id; at !== undefined && !things.has(flatId(at)); at = parents.get(at)) {
    const thing = things.get(at);
    if (thing === undefined) break;
    const parent = parents.get(at);
    const refs = parent === undefined ? [] : [flatId(parent)];
    things.set(flatId(at), { ...thing, id: flatId(at), shared: thing.shared ?? thing.id, refs });
  }
  return flatId(id);
}

const FLAT_PREFIX = 'flat/';

function flatId(id: string): string {
  return `${FLAT_PREFIX}${id}`;
}

/** The ID of the thing that a flat entry is of; any other as it is. */
export function withoutFlat(id: string): string {
  return id.startsWith(FLAT_PREFIX) ? id.slice(FLAT_PREFIX.length) : id;
}
