import type { Storage } from '../../../core/cleanup/storage.ts';
import type { Leak } from '../holdings.ts';
import { contentId, snapshotId } from './gc-labels.ts';
import { isExpired } from './leases.ts';
import type { NamespaceRecords } from './namespace-records.ts';
import { withoutFlat } from './storage.ts';
import type { NamespaceThings } from './stored-things.ts';

/** What is younger may just not have its image, container or lease yet. */
const SETTLED_MS = 10 * 60_000;
/** Source: containerd, core/metadata/content.go: how long it keeps a write that no lease holds. */
const INGEST_MS = 24 * 60 * 60_000;

export interface LeakSources {
  readonly things: readonly NamespaceThings[];
  readonly held: readonly NamespaceRecords[];
  readonly storage: Storage;
  /** ms since the epoch. */
  readonly now: number;
}

/**
 * What nothing refers to: the next collection takes it, if one comes, unless it is in the way of one. Told by the
 * collector's own rules, see `storageOf`.
 */
export function leaksOf({ things, held, storage, now }: LeakSources): readonly Leak[] {
  const kept = reachable(storage);
  const isLost = (id: string, createdAt: number): boolean => !kept.has(id) && now - createdAt > SETTLED_MS;
  const leaks: Leak[] = [];
  for (const { namespace, content, snapshots, ingests } of things) {
    for (const { digest, bytes, createdAt } of content) {
      if (!isLost(contentId(namespace, digest), createdAt)) continue;
      const message = `No image, container or lease refers to blob ${digest} of namespace ${namespace}.`;
      leaks.push({ kind: 'content', namespace, id: digest, bytes, message });
    }
    for (const snapshot of snapshots) {
      const { snapshotter, key, createdAt } = snapshot;
      const id = snapshotId(namespace, snapshotter, key);
      if (!isLost(id, createdAt)) continue;
      const message = `No image, container or lease refers to ${snapshotter} snapshot ${key} of namespace ${namespace}.`;
      const bytes = storage.things.get(id)?.bytes ?? 0;
      leaks.push({ kind: 'snapshot', namespace, id: `${snapshotter}/${key}`, bytes, message });
    }
    const leased = leasedIngests(held, namespace, now);
    for (const { ref, bytes, updatedAt } of ingests) {
      if (leased.has(ref) || now - updatedAt <= INGEST_MS) continue;
      const message = `A download into namespace ${namespace} was given up in the middle: ${ref}.`;
      leaks.push({ kind: 'ingest', namespace, id: ref, bytes, message });
    }
  }
  for (const { namespace, leases } of held) {
    for (const lease of leases) {
      if (!isExpired(lease, now)) continue;
      const message = `Lease ${lease.id} of namespace ${namespace} has expired, but containerd has not collected it yet.`;
      leaks.push({ kind: 'lease', namespace, id: lease.id, bytes: 0, message });
    }
  }
  return leaks;
}

/** IDs of all that something keeps. */
function reachable({ things, roots }: Storage): ReadonlySet<string> {
  const seen = new Set<string>();
  const waiting = roots.flatMap(({ refs }) => refs);
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const thing = things.get(id);
    if (thing === undefined || seen.has(id)) continue;
    seen.add(id);
    waiting.push(...thing.refs);
  }
  return new Set([...seen].map(withoutFlat));
}

function leasedIngests(
  held: readonly NamespaceRecords[],
  namespace: string,
  now: number,
): ReadonlySet<string> {
  const own = held.find((one) => one.namespace === namespace)?.leases ?? [];
  const resources = own.filter((lease) => !isExpired(lease, now)).flatMap((lease) => lease.resources);
  return new Set(resources.flatMap(({ type, id }) => (type === 'ingests' ? [id] : [])));
}
