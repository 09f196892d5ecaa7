import type { Container } from '../../../core/inventory.ts';
import type { ContainerView } from '../views.ts';

/** What a life of the container is called: its name, in its pod, and its image's. */
export function containerSummary(container: Container): string {
  const name = container.pod === undefined ? container.name : `${container.pod.name}/${container.name}`;
  return container.imageName === '' ? name : `${name} (${container.imageName})`;
}

/** A container as a database gives it. Flags are 0 and 1. */
export interface ContainerRow {
  readonly id: number;
  readonly node: string;
  readonly engine: Container['engine'];
  readonly namespace: string;
  readonly container_id: string;
  readonly name: string;
  readonly kind: Container['kind'];
  readonly state: Container['state'];
  readonly running: number;
  readonly image: number | null;
  readonly image_id: string | null;
  readonly image_name: string;
  readonly created_at: number | null;
  readonly pid: number | null;
  readonly snapshotter: string | null;
  readonly snapshot_key: string | null;
  readonly pod_name: string | null;
  readonly pod_namespace: string | null;
  readonly pod_uid: string | null;
  readonly privileged: number | null;
}

export function containerView(row: ContainerRow): ContainerView {
  return {
    node: row.node,
    engine: row.engine,
    namespace: row.namespace,
    id: row.container_id,
    name: row.name,
    kind: row.kind,
    state: row.state,
    ...(row.image_id !== null && { imageId: row.image_id }),
    imageName: row.image_name,
    ...(row.created_at !== null && { createdAt: row.created_at }),
    ...(row.pid !== null && { pid: row.pid }),
    ...(row.snapshotter !== null && { snapshotter: row.snapshotter }),
    ...(row.snapshot_key !== null && { snapshotKey: row.snapshot_key }),
    ...(row.pod_uid !== null && {
      pod: { name: row.pod_name ?? '', namespace: row.pod_namespace ?? '', uid: row.pod_uid },
    }),
    ...(row.privileged !== null && { privileged: row.privileged === 1 }),
  };
}
