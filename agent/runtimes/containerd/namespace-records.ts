import type { ContainerState, Lease } from '../../../core/inventory.ts';
import { containerd } from '../../../proto/generated/containerd.js';
import type { Connection } from './connection.ts';
import type { Descriptor } from './documents.ts';
import { hasCode } from './errors.ts';
import { quarantinedImage } from './leases.ts';
import { mapLimited } from '../map-limited.ts';
import { listContainers, listImages, listLeaseResources, listLeases, listTasks } from './methods.ts';
import { isPrivileged } from './oci-spec.ts';
import { weightedCache } from '../weighted-cache.ts';

export interface ImageRecord {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly target: Descriptor;
}

export interface ContainerRecord {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Name it was made from. */
  readonly image: string;
  readonly snapshotter: string;
  readonly snapshotKey: string;
  /** ms since the epoch. */
  readonly createdAt?: number;
  readonly privileged?: boolean;
}

export interface TaskRecord {
  readonly state: ContainerState;
  readonly pid: number;
}

/** What one namespace holds, as containerd's own API tells it. */
export interface NamespaceRecords {
  readonly namespace: string;
  readonly images: readonly ImageRecord[];
  readonly containers: readonly ContainerRecord[];
  /** By container ID. */
  readonly tasks: ReadonlyMap<string, TaskRecord>;
  /** Ours among them. */
  readonly leases: readonly Lease[];
}

export interface ReadOptions {
  /**
   * Also what those of our leases hold that keep removed images: a call for each of maybe very many, so that only who
   * adds up storage asks for it. Else they are told with no resources.
   */
  readonly withQuarantined?: boolean;
}

export interface NamespaceReader {
  read(namespace: string, signal: AbortSignal, options?: ReadOptions): Promise<NamespaceRecords>;
}

const LEASES_AT_ONCE = 8;
const REMEMBERED_SPECS = 2_000;

const { Status } = containerd.services.tasks.v1;

export function namespaceReader(connection: Connection): NamespaceReader {
  // A spec is tens of kilobytes of JSON: it is parsed once, not on every reading.
  const privileged = weightedCache<boolean | 'unsure'>(REMEMBERED_SPECS);

  async function containersOf(namespace: string, signal: AbortSignal): Promise<ContainerRecord[]> {
    const records: ContainerRecord[] = [];
    for await (const { container } of connection.stream(listContainers, {}, { namespace, signal })) {
      if (container) records.push(containerRecord(namespace, container));
    }
    return records;
  }

  function containerRecord(
    namespace: string,
    container: containerd.services.containers.v1.Container.$Properties,
  ): ContainerRecord {
    const id = container.id ?? '';
    const createdAt = milliseconds(container.createdAt);
    const key = `${namespace}/${id}@${milliseconds(container.updatedAt)}`;
    const guess = privileged.get(key) ?? isPrivileged(container.spec?.value) ?? 'unsure';
    privileged.set(key, guess);
    return {
      id,
      labels: container.labels ?? {},
      image: container.image ?? '',
      snapshotter: container.snapshotter ?? '',
      snapshotKey: container.snapshotKey ?? '',
      ...(createdAt !== undefined && { createdAt }),
      ...(guess !== 'unsure' && { privileged: guess }),
    };
  }

  return {
    async read(namespace, signal, { withQuarantined = false } = {}) {
      const [images, containers, tasks, leases] = await Promise.all([
        connection.call(listImages, {}, { namespace, signal }),
        containersOf(namespace, signal),
        connection.call(listTasks, {}, { namespace, signal }),
        leasesOf(connection, namespace, signal, { withQuarantined }),
      ]);
      return {
        namespace,
        images: (images.images ?? []).map(imageRecord),
        containers,
        tasks: new Map((tasks.tasks ?? []).map((task) => [task.id ?? '', taskRecord(task)])),
        leases,
      };
    },
  };
}

/** Of one namespace. */
export async function leasesOf(
  connection: Connection,
  namespace: string,
  signal: AbortSignal,
  { withQuarantined = false, filters = [] }: ReadOptions & { readonly filters?: string[] } = {},
): Promise<Lease[]> {
  const { leases } = await connection.call(listLeases, { filters }, { namespace, signal });
  const read = await mapLimited(leases ?? [], LEASES_AT_ONCE, async ({ id, labels }) => {
    if (!withQuarantined && quarantinedImage({ labels: labels ?? {} }) !== undefined)
      return { namespace, id: id ?? '', labels: labels ?? {}, resources: [] };
    try {
      const request = { id: id ?? '' };
      const { resources } = await connection.call(listLeaseResources, request, { namespace, signal });
      return {
        namespace,
        id: id ?? '',
        labels: labels ?? {},
        resources: (resources ?? []).map((resource) => ({
          type: resource.type ?? '',
          id: resource.id ?? '',
        })),
      };
    } catch (error) {
      if (hasCode(error, 'not-found')) return undefined; // Given back in the meantime.
      throw error;
    }
  });
  return read.filter((lease) => lease !== undefined);
}

function imageRecord(image: containerd.services.images.v1.Image.$Properties): ImageRecord {
  return {
    name: image.name ?? '',
    labels: image.labels ?? {},
    target: {
      mediaType: image.target?.mediaType ?? '',
      digest: image.target?.digest ?? '',
      size: image.target?.size ?? 0,
    },
  };
}

function taskRecord(task: containerd.services.tasks.v1.Process.$Properties): TaskRecord {
  return { state: stateOf(task.status ?? Status.UNKNOWN), pid: task.pid ?? 0 };
}

function stateOf(status: number): ContainerState {
  switch (status) {
    case Status.CREATED:
      return 'created';
    case Status.RUNNING:
      return 'running';
    case Status.STOPPED:
      return 'exited';
    case Status.PAUSED:
    case Status.PAUSING:
      return 'paused';
    default:
      return 'unknown';
  }
}

/** ms since the epoch. */
export function milliseconds(
  timestamp: { readonly seconds?: number | null; readonly nanos?: number | null } | null | undefined,
): number | undefined {
  if (!timestamp) return undefined;
  return (timestamp.seconds ?? 0) * 1000 + Math.floor((timestamp.nanos ?? 0) / 1_000_000);
}
