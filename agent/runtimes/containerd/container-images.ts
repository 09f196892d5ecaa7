import type { ChainId } from '../../../core/layer.ts';
import type { Connection } from './connection.ts';
import { CRI_NAMESPACE, type CriView } from './cri.ts';
import { DIGEST } from './documents.ts';
import { hasCode } from './errors.ts';
import type { ResolvedName } from './images.ts';
import { mapLimited } from '../map-limited.ts';
import { statSnapshot } from './methods.ts';
import type { ContainerRecord, NamespaceRecords } from './namespace-records.ts';
import { weightedCache } from '../weighted-cache.ts';

export interface ContainerImages {
  /** Config digests by container ID, of one namespace's containers whose image is known. */
  find(
    records: NamespaceRecords,
    names: readonly ResolvedName[],
    cri: CriView,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, string>>;
}

const STATS_AT_ONCE = 8;
const REMEMBERED_CHAINS = 2_000;
/** Between a container's snapshot and its image there may be one that shifts the owners of files. */
const MAX_STEPS = 3;

/**
 * Tells which image a container was made from. Its record names one, but the name may point elsewhere by now;
 * the snapshot it stands on does not change.
 */
export function containerImages(connection: Connection): ContainerImages {
  const chains = weightedCache<ChainId>(REMEMBERED_CHAINS);

  async function chainOf(
    namespace: string,
    record: ContainerRecord,
    signal: AbortSignal,
  ): Promise<ChainId | undefined> {
    const { snapshotter, snapshotKey } = record;
    if (snapshotter === '' || snapshotKey === '') return undefined;
    const memory = `${namespace}/${snapshotter}/${snapshotKey}@${record.createdAt}`;
    const known = chains.get(memory);
    if (known !== undefined) return known;
    let key = snapshotKey;
    for (let step = 0; step < MAX_STEPS; step += 1) {
      const parent = await parentOf(connection, namespace, snapshotter, key, signal);
      if (parent === undefined || parent === '') return undefined;
      if (DIGEST.test(parent)) {
        chains.set(memory, parent);
        return parent;
      }
      key = parent;
    }
    return undefined;
  }

  return {
    async find(records, names, cri, signal) {
      const { namespace } = records;
      const byName = new Map<string, { readonly imageId: string; readonly chainId?: ChainId }>();
      const byChain = new Map<ChainId, Set<string>>();
      for (const { namespace: where, record, resolution } of names) {
        if (resolution.kind === 'broken') continue;
        const { content } = resolution;
        if (where === namespace) byName.set(record.name, content);
        if (content.chainId === undefined) continue;
        byChain.set(content.chainId, (byChain.get(content.chainId) ?? new Set()).add(content.imageId));
      }

      const found = await mapLimited(records.containers, STATS_AT_ONCE, async (record) => {
        // The CRI plugin wrote down the image itself when it made the container.
        const noted = namespace === CRI_NAMESPACE ? cri.containers.get(record.id)?.imageId : undefined;
        if (noted !== undefined && DIGEST.test(noted)) return noted;
        const named = byName.get(record.image);
        const chain = await chainOf(namespace, record, signal);
        if (chain === undefined || chain === named?.chainId) return named?.imageId;
        const [first, ...others] = byChain.get(chain) ?? [];
        return others.length === 0 ? first : undefined;
      });
      return new Map(
        records.containers.flatMap(({ id }, at) => {
          const imageId = found[at];
          return imageId === undefined ? [] : [[id, imageId] as const];
        }),
      );
    },
  };
}

async function parentOf(
  connection: Connection,
  namespace: string,
  snapshotter: string,
  key: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const { info } = await connection.call(statSnapshot, { snapshotter, key }, { namespace, signal });
    return info?.parent ?? '';
  } catch (error) {
    // The snapshot is gone, or its snapshotter is not loaded any more.
    if (hasCode(error, 'not-found', 'failed')) return undefined;
    throw error;
  }
}
