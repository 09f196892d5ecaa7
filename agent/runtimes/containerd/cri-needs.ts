import * as v from 'valibot';
import type { Connection } from './connection.ts';
import type { CriView } from './cri.ts';
import { hasCode } from './errors.ts';
import { mapLimited } from '../map-limited.ts';
import { criContainerStatus, criStatus } from './methods.ts';
import { weightedCache } from '../weighted-cache.ts';

/** Images that the CRI needs beyond those that its containers are made from. */
export interface CriNeeds {
  /** Names in its configuration: the image of pod sandboxes, and what else it says is pinned. */
  readonly configured: readonly string[];
  /** By container ID: images that are mounted into it. */
  readonly volumes: ReadonlyMap<string, readonly string[]>;
}

export interface CriNeedsReader {
  /** `version`: containerd's. */
  read(cri: CriView, version: string, signal: AbortSignal): Promise<CriNeeds>;
}

const STATUSES_AT_ONCE = 8;
const REMEMBERED_CONTAINERS = 4_000;
/** Source: containerd's release notes: images as volumes came with 2.1. */
const FIRST_WITH_VOLUMES = [2, 1] as const;

/**
 * The configuration that the CRI plugin shows. containerd 2 keeps its images apart from it and does not show them, but
 * labels what is pinned reliably. Source: containerd, pkg/cri/config (1.x) and internal/cri/config (2.x).
 */
const configSchema = v.object({
  sandboxImage: v.nullish(v.string()),
  pinnedImages: v.nullish(v.union([v.record(v.string(), v.string()), v.array(v.string())])),
});

export function criNeedsReader(connection: Connection): CriNeedsReader {
  // What is mounted into a container is said when it is made.
  const known = weightedCache<readonly string[]>(REMEMBERED_CONTAINERS);

  async function volumesOf(id: string, signal: AbortSignal): Promise<readonly string[]> {
    const remembered = known.get(id);
    if (remembered !== undefined) return remembered;
    try {
      const { status } = await connection.call(criContainerStatus, { containerId: id }, { signal });
      const images = (status?.mounts ?? []).map(({ image }) => image?.image ?? '').filter(Boolean);
      known.set(id, images);
      return images;
    } catch (error) {
      // Removed in the meantime.
      if (hasCode(error, 'not-found')) return [];
      throw error;
    }
  }

  return {
    async read(cri, version, signal) {
      const ids = hasVolumes(version) ? [...cri.containers.keys()] : [];
      const [configured, volumes] = await Promise.all([
        configuredImages(connection, signal),
        mapLimited(ids, STATUSES_AT_ONCE, async (id) => [id, await volumesOf(id, signal)] as const),
      ]);
      return { configured, volumes: new Map(volumes) };
    },
  };
}

async function configuredImages(connection: Connection, signal: AbortSignal): Promise<readonly string[]> {
  try {
    const { info } = await connection.call(criStatus, { verbose: true }, { signal });
    return imagesInConfig(info?.['config'] ?? '{}');
  } catch (error) {
    if (hasCode(error, 'unsupported')) return [];
    throw error;
  }
}

/** Names of images in the CRI plugin's configuration, as JSON; none when it is of a shape we do not know. */
export function imagesInConfig(json: string): readonly string[] {
  let config: unknown;
  try {
    config = JSON.parse(json);
  } catch {
    return [];
  }
  const read = v.safeParse(configSchema, config);
  if (!read.success) return [];
  const { sandboxImage, pinnedImages } = read.output;
  return [sandboxImage ?? '', ...Object.values(pinnedImages ?? {})].filter(Boolean);
}

/** A version that cannot be read may be any. */
function hasVolumes(version: string): boolean {
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined || minor === undefined) return true;
  const [firstMajor, firstMinor] = FIRST_WITH_VOLUMES;
  return Number(major) > firstMajor || (Number(major) === firstMajor && Number(minor) >= firstMinor);
}
