import { containerd } from '../../../proto/generated/containerd.js';
import type { Connection } from './connection.ts';
import { hasCode } from './errors.ts';
import { labelReferences, type LabelReferences } from './gc-labels.ts';
import { mapLimited } from '../map-limited.ts';
import { listContent, listIngests, listPlugins, listSnapshots, snapshotUsage } from './methods.ts';
import { milliseconds } from './namespace-records.ts';
import { weightedCache } from '../weighted-cache.ts';
import type { Space } from '../../../core/cleanup/storage.ts';

/** A blob as one namespace knows it. */
export interface ContentRecord extends LabelReferences {
  readonly digest: string;
  readonly bytes: number;
  /** ms since the epoch. */
  readonly createdAt: number;
  /** It was pulled from a registry, not imported or built. */
  readonly isPulled: boolean;
}

export interface SnapshotRecord extends LabelReferences {
  readonly snapshotter: string;
  readonly key: string;
  /** Empty for a base. */
  readonly parent: string;
  /** Does not change any more. */
  readonly isCommitted: boolean;
  /** ms since the epoch. */
  readonly createdAt: number;
}

/** A blob that is being written, or was until its writer went away. */
export interface IngestRecord {
  readonly ref: string;
  /** Written so far. */
  readonly bytes: number;
  /** Digest, where known beforehand. */
  readonly expected: string;
  /** ms since the epoch. */
  readonly updatedAt: number;
}

/** What one namespace knows on containerd's disk. */
export interface NamespaceThings {
  readonly namespace: string;
  readonly content: readonly ContentRecord[];
  readonly snapshots: readonly SnapshotRecord[];
  readonly ingests: readonly IngestRecord[];
}

export interface ThingsReader {
  read(namespaces: readonly string[], signal: AbortSignal): Promise<readonly NamespaceThings[]>;
  /** What snapshots take, without their parents; one that is gone by now takes nothing. */
  usage(
    namespace: string,
    snapshots: readonly SnapshotRecord[],
    signal: AbortSignal,
  ): Promise<readonly Space[]>;
}

/** Source: containerd, core/remotes/docker/handler.go: set on all that a pull fetches or finds here already. */
const SOURCE_LABEL = 'containerd.io/distribution.source.';
const SNAPSHOTTERS = 'type==io.containerd.snapshotter.v1';
const NAMESPACES_AT_ONCE = 2;
const USAGES_AT_ONCE = 16;
const REMEMBERED_USAGES = 20_000;

const { Kind } = containerd.services.snapshots.v1;

export function thingsReader(connection: Connection): ThingsReader {
  const usages = weightedCache<Space>(REMEMBERED_USAGES);

  async function usageOf(
    namespace: string,
    { snapshotter, key, isCommitted, createdAt }: SnapshotRecord,
    signal: AbortSignal,
  ): Promise<Space> {
    const memory = `${namespace}/${snapshotter}/${key}@${createdAt}`;
    const known = isCommitted ? usages.get(memory) : undefined;
    if (known !== undefined) return known;
    try {
      const { size, inodes } = await connection.call(
        snapshotUsage,
        { snapshotter, key },
        { namespace, signal },
      );
      const usage = { bytes: size ?? 0, inodes: inodes ?? 0 };
      if (isCommitted) usages.set(memory, usage);
      return usage;
    } catch (error) {
      if (hasCode(error, 'not-found')) return { bytes: 0, inodes: 0 };
      throw error;
    }
  }

  return {
    async read(namespaces, signal) {
      const loaded = await loadedSnapshotters(connection, signal);
      return await mapLimited(namespaces, NAMESPACES_AT_ONCE, async (namespace) => {
        const [content, ingests, snapshots] = await Promise.all([
          contentOf(connection, namespace, signal),
          ingestsOf(connection, namespace, signal),
          mapLimited(loaded, 1, (snapshotter) => snapshotsOf(connection, namespace, snapshotter, signal)),
        ]);
        return { namespace, content, snapshots: snapshots.flat(), ingests };
      });
    },

    usage: (namespace, snapshots, signal) =>
      mapLimited(snapshots, USAGES_AT_ONCE, (snapshot) => usageOf(namespace, snapshot, signal)),
  };
}

/** One that could not be loaded cannot be asked, and collects nothing. */
async function loadedSnapshotters(connection: Connection, signal: AbortSignal): Promise<readonly string[]> {
  const { plugins } = await connection.call(listPlugins, { filters: [SNAPSHOTTERS] }, { signal });
  return (plugins ?? []).filter(({ initErr }) => !initErr).map(({ id }) => id ?? '');
}

async function contentOf(
  connection: Connection,
  namespace: string,
  signal: AbortSignal,
): Promise<ContentRecord[]> {
  const records: ContentRecord[] = [];
  for await (const { info } of connection.stream(listContent, {}, { namespace, signal })) {
    for (const { digest, size, createdAt, labels } of info) {
      records.push({
        digest: digest ?? '',
        bytes: size ?? 0,
        createdAt: milliseconds(createdAt) ?? 0,
        isPulled: Object.keys(labels ?? {}).some((key) => key.startsWith(SOURCE_LABEL)),
        ...labelReferences(namespace, labels ?? {}),
      });
    }
  }
  return records;
}

async function snapshotsOf(
  connection: Connection,
  namespace: string,
  snapshotter: string,
  signal: AbortSignal,
): Promise<SnapshotRecord[]> {
  const records: SnapshotRecord[] = [];
  for await (const { info } of connection.stream(listSnapshots, { snapshotter }, { namespace, signal })) {
    for (const { name, parent, kind, createdAt, labels } of info) {
      records.push({
        snapshotter,
        key: name ?? '',
        parent: parent ?? '',
        isCommitted: kind === Kind.COMMITTED,
        createdAt: milliseconds(createdAt) ?? 0,
        ...labelReferences(namespace, labels ?? {}),
      });
    }
  }
  return records;
}

async function ingestsOf(
  connection: Connection,
  namespace: string,
  signal: AbortSignal,
): Promise<IngestRecord[]> {
  const { statuses } = await connection.call(listIngests, {}, { namespace, signal });
  return (statuses ?? []).map(({ ref, offset, expected, updatedAt }) => ({
    ref: ref ?? '',
    bytes: offset ?? 0,
    expected: expected ?? '',
    updatedAt: milliseconds(updatedAt) ?? 0,
  }));
}
