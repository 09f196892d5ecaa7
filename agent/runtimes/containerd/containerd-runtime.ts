import type { Image } from '../../../core/inventory.ts';
import type { HoldingsReader } from '../holdings.ts';
import type { Runtime } from '../runtime.ts';
import { connect } from './connection.ts';
import { engineReader, viewOf } from './engine-records.ts';
import { engineEvents } from './events.ts';
import { holdingsReader } from './holdings.ts';
import { imageResolver } from './image-resolver.ts';
import { withImageLayers, type LayerFinder } from './layers.ts';
import { removeLeasesOf } from './leases.ts';
import type { Platform } from './platform.ts';
import { snapshotDirectories } from './snapshot-directories.ts';

export interface ContainerdOptions {
  /** Path of containerd's socket. */
  readonly address: string;
  /** The node's; of an image for several platforms, the part for this one is shown. See `nodePlatform`. */
  readonly platform: Platform;
  /** Namespaces to leave out of views and events. */
  readonly excludedNamespaces?: readonly string[];
  /** Where Docker keeps images when containerd's store is its own: they are Docker's to remove. `moby` when absent. */
  readonly dockerNamespaces?: readonly string[];
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

export interface ContainerdRuntime extends Runtime, HoldingsReader {
  /** Gives back the leases and views that a process of this owner left behind; to be called at start. Answers how many. */
  removeOwnLeases(signal: AbortSignal): Promise<number>;
}

const DEFAULT_LEASE_MS = 10 * 60_000;
/** Source: moby, daemon/config: the namespace that dockerd uses unless told otherwise. */
const DOCKER_NAMESPACES = ['moby'];

/** containerd 1.6 to 2.x by its gRPC API. Needs no CRI plugin, but tells more where there is one. */
export function containerdRuntime(options: ContainerdOptions): ContainerdRuntime {
  const { address } = options;
  const connection = connect(address, { onCall: options.onCall, timeoutMs: options.callTimeoutMs });
  const resolver = imageResolver(connection, options.platform);
  const engine = engineReader(connection, resolver);
  const excluded = new Set(options.excludedNamespaces);
  const isShown = (namespace: string): boolean => !excluded.has(namespace);
  const finder: LayerFinder = {
    connection,
    resolver,
    directories: snapshotDirectories(connection),
    lease: { ...options, leaseMs: options.leaseMs ?? DEFAULT_LEASE_MS },
  };

  return {
    id: 'containerd',
    address,

    async view(signal) {
      return viewOf(address, await engine.read(isShown, signal));
    },

    events: (signal) => engineEvents(connection, excluded, signal),

    async withLayers(image: Image, signal, use) {
      return await withImageLayers(finder, image, await engine.namespaces(signal), signal, use);
    },

    async removeOwnLeases(signal) {
      return await removeLeasesOf(connection, options.owner, await engine.namespaces(signal), signal);
    },

    ...holdingsReader(connection, engine, {
      address,
      owner: options.owner,
      excludedNamespaces: excluded,
      dockerNamespaces: new Set(options.dockerNamespaces ?? DOCKER_NAMESPACES),
      now: options.now,
    }),

    async close() {
      connection.close();
    },
  };
}
