import { lstat } from 'node:fs/promises';
import type { ChainId } from '../../../core/layer.ts';
import type { Connection } from './connection.ts';
import { hasCode } from './errors.ts';
import type { OwnLease } from './leases.ts';
import { mapLimited } from '../map-limited.ts';
import { statSnapshot, viewSnapshot } from './methods.ts';
import { nativeDirectory, overlayDirectories, type SnapshotMount } from './mounts.ts';
import { weightedCache } from '../weighted-cache.ts';

/** The snapshotters whose directories we can read, as they are named in containerd. */
export const READABLE_SNAPSHOTTERS = ['overlayfs', 'native'] as const;

/** Where an image's topmost snapshot is. */
export interface Place {
  readonly namespace: string;
  readonly snapshotter: (typeof READABLE_SNAPSHOTTERS)[number];
  /** When it was made: it may be removed, and made anew elsewhere. */
  readonly madeAt: string;
}

export interface SnapshotDirectories {
  /**
   * Directory of each layer (overlayfs) or of each full tree (native), base first, kept by the lease.
   * `undefined` when the layers are not unpacked there, or not where we can see them.
   */
  find(
    lease: OwnLease,
    place: Place,
    chains: readonly ChainId[],
    signal: AbortSignal,
  ): Promise<readonly string[] | undefined>;
}

const REMEMBERED_PATHS = 10_000;
const CALLS_AT_ONCE = 8;

export function snapshotDirectories(connection: Connection): SnapshotDirectories {
  /** By place and top chain ID. */
  const known = weightedCache<readonly string[]>(REMEMBERED_PATHS);

  async function view(
    lease: OwnLease,
    snapshotter: string,
    parent: ChainId,
    signal: AbortSignal,
  ): Promise<readonly SnapshotMount[]> {
    const request = { snapshotter, key: lease.snapshotKey(snapshotter), parent };
    // Not to be called off: the daemon might make it all the same, after we removed it.
    const context = { namespace: lease.namespace, lease: lease.id };
    signal.throwIfAborted();
    const { mounts } = await connection.call(viewSnapshot, request, context);
    signal.throwIfAborted();
    return (mounts ?? []).map(({ type, source, options }) => ({
      type: type ?? '',
      source: source ?? '',
      options: options ?? [],
    }));
  }

  /** What is remembered holds only while the snapshot it was learnt from is there. */
  async function recall(
    lease: OwnLease,
    { namespace, snapshotter, madeAt }: Place,
    top: ChainId,
    signal: AbortSignal,
  ): Promise<readonly string[] | undefined> {
    const paths = known.get(keyOf(namespace, snapshotter, top, madeAt));
    if (paths === undefined) return undefined;
    await lease.hold(`snapshots/${snapshotter}`, top);
    const now = await createdAt(connection, namespace, snapshotter, top, signal);
    return now === madeAt ? paths : undefined;
  }

  async function ask(
    lease: OwnLease,
    { snapshotter }: Place,
    chains: readonly ChainId[],
    signal: AbortSignal,
  ): Promise<readonly string[] | undefined> {
    try {
      if (snapshotter === 'overlayfs') {
        return overlayDirectories(await view(lease, snapshotter, chains.at(-1) ?? '', signal));
      }
      const trees = await mapLimited(chains, CALLS_AT_ONCE, async (chain) =>
        nativeDirectory(await view(lease, snapshotter, chain, signal)),
      );
      return trees.every((tree) => tree !== undefined) ? trees : undefined;
    } catch (error) {
      // Removed in the meantime, or the snapshotter cannot: there are other ways.
      if (hasCode(error, 'not-found', 'failed')) return undefined;
      throw error;
    }
  }

  return {
    async find(lease, place, chains, signal) {
      const top = chains.at(-1) ?? '';
      const paths = (await recall(lease, place, top, signal)) ?? (await ask(lease, place, chains, signal));
      if (paths?.length !== chains.length || !(await areDirectories(paths))) return undefined;
      known.set(keyOf(place.namespace, place.snapshotter, top, place.madeAt), paths, paths.length);
      return paths;
    },
  };
}

function keyOf(...parts: readonly string[]): string {
  return parts.join(' ');
}

/** When a snapshot was made; `undefined` when there is none such. */
export async function createdAt(
  connection: Connection,
  namespace: string,
  snapshotter: string,
  key: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const { info } = await connection.call(statSnapshot, { snapshotter, key }, { namespace, signal });
    return `${info?.createdAt?.seconds}.${info?.createdAt?.nanos}`;
  } catch (error) {
    // `failed`: there is no such snapshotter.
    if (hasCode(error, 'not-found', 'failed')) return undefined;
    throw error;
  }
}

/** They may lie where this process does not see them: in a container without containerd's folder mounted, say. */
async function areDirectories(paths: readonly string[]): Promise<boolean> {
  const checks = await mapLimited(paths, CALLS_AT_ONCE, async (path) => {
    const stats = await lstat(path).catch(() => undefined);
    return stats?.isDirectory() ?? false;
  });
  return checks.every(Boolean);
}
