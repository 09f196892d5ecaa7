import type { Image } from '../../../core/inventory.ts';
import type { Runtime, RuntimeView } from '../runtime.ts';
import { connect } from './connection.ts';
import { containerImages } from './container-images.ts';
import { containersOf } from './containers.ts';
import { CRI_NAMESPACE, NO_CRI, readCri } from './cri.ts';
import { engineEvents } from './events.ts';
import { imageResolver } from './image-resolver.ts';
import { joinNames, nameProblems, resolveNames } from './images.ts';
import { withImageLayers, type LayerFinder } from './layers.ts';
import { removeLeasesOf } from './leases.ts';
import { mapLimited } from './map-limited.ts';
import { getVersion, listNamespaces } from './methods.ts';
import { namespaceReader } from './namespace-records.ts';
import type { Platform } from './platform.ts';
import { snapshotDirectories } from './snapshot-directories.ts';

export interface ContainerdOptions {
  /** Path of containerd's socket. */
  readonly address: string;
  /** The node's; of an image for several platforms, the part for this one is shown. See `nodePlatform`. */
  readonly platform: Platform;
  /** Namespaces to leave out of views and events. */
  readonly excludedNamespaces?: readonly string[];
  /** Who takes leases: unique among the processes of ours on a node. */
  readonly owner: string;
  /** How long a lease outlives us if we die, and the longest that one image's layers may be read. */
  readonly leaseMs?: number;
  /** ms since the epoch. */
  readonly now: () => number;
  /** At least 64 random bits, as letters and digits. */
  readonly randomId: () => string;
  /** How long containerd may take to answer one call; 30 s when absent. */
  readonly callTimeoutMs?: number;
  /** Hears the path of every call that is made, for metrics. */
  readonly onCall?: (path: string) => void;
}

export interface ContainerdRuntime extends Runtime {
  /** Gives back the leases and views that a process of this owner left behind; to be called at start. Answers how many. */
  removeOwnLeases(signal: AbortSignal): Promise<number>;
}

const DEFAULT_LEASE_MS = 10 * 60_000;
const NAMESPACES_AT_ONCE = 4;

/** containerd 1.6 to 2.x by its gRPC API. Needs no CRI plugin, but tells more where there is one. */
export function containerdRuntime(options: ContainerdOptions): ContainerdRuntime {
  const { address } = options;
  const connection = connect(address, { onCall: options.onCall, timeoutMs: options.callTimeoutMs });
  const resolver = imageResolver(connection, options.platform);
  const records = namespaceReader(connection);
  const imagesOfContainers = containerImages(connection);
  const excluded = new Set(options.excludedNamespaces);
  const finder: LayerFinder = {
    connection,
    resolver,
    directories: snapshotDirectories(connection),
    lease: { ...options, leaseMs: options.leaseMs ?? DEFAULT_LEASE_MS },
  };

  async function allNamespaces(signal: AbortSignal): Promise<readonly string[]> {
    const { namespaces } = await connection.call(listNamespaces, {}, { signal });
    return (namespaces ?? []).map(({ name }) => name ?? '').filter((name) => name !== '');
  }

  return {
    id: 'containerd',
    address,

    async view(signal): Promise<RuntimeView> {
      const [{ version }, everything] = await Promise.all([
        connection.call(getVersion, {}, { signal }),
        allNamespaces(signal),
      ]);
      const namespaces = everything.filter((namespace) => !excluded.has(namespace));
      const [held, cri] = await Promise.all([
        mapLimited(namespaces, NAMESPACES_AT_ONCE, (namespace) => records.read(namespace, signal)),
        excluded.has(CRI_NAMESPACE) ? NO_CRI : readCri(connection, signal),
      ]);
      const names = await resolveNames(resolver, held, signal);
      const containers = await mapLimited(held, NAMESPACES_AT_ONCE, async (one) =>
        containersOf(one, cri, await imagesOfContainers.find(one, names, cri, signal)),
      );
      return {
        engine: { id: 'containerd', address, version, status: 'ok' },
        images: joinNames(names, cri.pinnedImages),
        containers: containers.flat(),
        leases: held.flatMap(({ leases }) => leases),
        problems: nameProblems(names),
      };
    },

    events: (signal) => engineEvents(connection, excluded, signal),

    async withLayers(image: Image, signal, use) {
      return await withImageLayers(finder, image, await allNamespaces(signal), signal, use);
    },

    async removeOwnLeases(signal) {
      return await removeLeasesOf(connection, options.owner, await allNamespaces(signal), signal);
    },

    async close() {
      connection.close();
    },
  };
}
