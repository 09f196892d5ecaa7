import type { DiffId } from './layer.ts';

/** `containerd` or `docker`: who told us. */
export type EngineId = 'containerd' | 'docker';

/** A container engine and how it is doing. */
export interface Engine {
  readonly id: EngineId;
  /** Socket path. */
  readonly address: string;
  readonly version?: string;
  /** `degraded`: could not be read; what we show of it is the last known. */
  readonly status: 'ok' | 'degraded';
  /** What is wrong and what to do, when degraded. */
  readonly message?: string;
}

/** A name that an engine holds for an image. */
export interface ImageName {
  readonly engine: EngineId;
  /** containerd namespace; empty for Docker. */
  readonly namespace: string;
  readonly name: string;
  /** What the name points at: digest of an index or manifest (containerd), of the config (Docker's graph driver). */
  readonly target: string;
}

/** An image on a node, once, whoever holds it. */
export interface Image {
  /** Config digest, `sha256:<hex>`. */
  readonly imageId: string;
  readonly names: readonly ImageName[];
  readonly manifestDigests: readonly string[];
  /** As in Go: `linux`, `amd64`, variant `v8`. */
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  /** Base first. */
  readonly diffIds: readonly DiffId[];
  /** The build's own claim (often 1970), ms since the epoch; never used for ages. */
  readonly builtAt?: number;
  /** Bytes of the layers and config as the engine holds them compressed, or its own figure. */
  readonly sizeBytes: number;
  readonly labels: Readonly<Record<string, string>>;
  /** Pinned by label or by the CRI. */
  readonly pinned: boolean;
}

export interface Pod {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
}

export type ContainerState = 'created' | 'running' | 'paused' | 'exited' | 'unknown';

/** A container of any state, in any engine. */
export interface Container {
  readonly engine: EngineId;
  readonly namespace: string;
  readonly id: string;
  readonly name: string;
  /** `sandbox`: the pause container that holds a pod's namespaces. */
  readonly kind: 'container' | 'sandbox';
  readonly state: ContainerState;
  /** Config digest of the image it was made from, when known. */
  readonly imageId?: string;
  /** Name or digest given by whoever made it. */
  readonly imageName: string;
  readonly createdAt?: number;
  /** Init process as the node sees it; absent when not running. */
  readonly pid?: number;
  readonly snapshotter?: string;
  readonly snapshotKey?: string;
  readonly pod?: Pod;
  readonly privileged?: boolean;
}

/** How sure we are of a process's container. `host`: certainly in none. */
export type Attribution = 'container' | 'host' | 'unknown';

/** A process on the node. Identity: boot id, pid, start time. Never holds arguments or environment. */
export interface Process {
  readonly bootId: string;
  readonly pid: number;
  readonly parentPid: number;
  /** Clock ticks since boot, field 22 of proc(5) stat. */
  readonly startTicks: number;
  /** ms since the epoch. */
  readonly startedAt: number;
  /** Command name (field 2 of stat), at most 15 bytes. */
  readonly command: string;
  /** Absolute path in its own root; empty for kernel threads and when unreadable. */
  readonly executable: string;
  readonly uid: number;
  /** User name by the node's passwd, when it is the node's process; else the number as text. */
  readonly user: string;
  readonly attribution: Attribution;
  readonly containerId?: string;
  readonly podUid?: string;
  readonly imageId?: string;
}

/** The node itself. */
export interface Host {
  readonly hostname: string;
  readonly os: string;
  readonly kernel: string;
  readonly architecture: string;
  readonly bootId: string;
  readonly agentVersion: string;
  readonly engines: readonly Engine[];
  /** Plain sentences: what the agent cannot see here, and what would mend it. */
  readonly limitations: readonly string[];
}

/** A lease in containerd that is not ours: what it names is in use. */
export interface Lease {
  readonly namespace: string;
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly resources: readonly { readonly type: string; readonly id: string }[];
}

/** An image as the agent reports it: what the engines say, and what the node remembers and read. */
export interface ReportedImage extends Image {
  /** Key of the image's composition, once its layers are read. */
  readonly composition?: string;
  /** ms since the epoch, from the node's own memory. */
  readonly firstSeen: number;
  readonly lastUsed?: number;
  /** Why its packages are unknown, when they are. */
  readonly problem?: string;
}

/** A state item, by its kind. */
export type StateItem =
  | { readonly kind: 'host'; readonly value: Host }
  | { readonly kind: 'image'; readonly value: ReportedImage }
  | { readonly kind: 'container'; readonly value: Container }
  | { readonly kind: 'process'; readonly value: Process };

/** Key of a state item: kind, slash, identity. Stable while the thing lives, never used again after. */
export function stateKey(item: StateItem): string {
  switch (item.kind) {
    case 'host':
      return 'host/';
    case 'image':
      return `image/${item.value.imageId}`;
    case 'container':
      return `container/${item.value.engine}/${item.value.namespace}/${item.value.id}`;
    case 'process':
      return `process/${item.value.bootId}/${item.value.pid}/${item.value.startTicks}`;
  }
}

/** Slashes of a key, by the kind that it begins with. */
const SLASHES: Readonly<Record<string, number>> = { host: 1, image: 1, container: 3, process: 3 };

/**
 * Can a key be cut into what it was made of? One with a slash in a part is the key of several things, and what it names could
 * not be found to be deleted. No engine gives such: image IDs are digests (OCI image specification, descriptors), containerd
 * takes IDs and namespaces of letters, digits and `._-` alone (its package `identifiers`), Docker's IDs are hexadecimal, and
 * so is a boot ID.
 */
export function isWholeKey(key: string): boolean {
  const parts = key.split('/');
  return parts.length - 1 === SLASHES[parts[0] ?? ''];
}
