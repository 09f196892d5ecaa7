import { stateKey, type Container } from '../../../core/inventory.ts';
import type { ContainerView } from '../views.ts';
import { whole } from './database.ts';
import { ensureImage } from './image-rows.ts';
import { keyParts, type ItemRows } from './item-rows.ts';
import { beginContainerLife, endLife } from './lives.ts';

interface HeldRow {
  readonly id: number;
  readonly hash: Uint8Array;
  readonly life: number;
}

const FIND = `SELECT id, hash, life FROM containers
  WHERE (node, engine, namespace, container_id) = (?, ?, ?, ?)`;

/** Containers of a node. */
export const containerRows: ItemRows<'container'> = {
  write(context, container, hash) {
    const { database, node } = context;
    const identity = [node, container.engine, container.namespace, container.id] as const;
    const previous = database.get<HeldRow>(FIND, ...identity);
    const values = [
      hash,
      container.name,
      container.kind,
      container.state,
      container.state === 'running' ? 1 : 0,
      container.imageId === undefined ? null : ensureImage(database, container.imageId),
      container.imageName,
      container.createdAt === undefined ? null : whole(container.createdAt),
      container.pid === undefined ? null : whole(container.pid),
      container.snapshotter ?? null,
      container.snapshotKey ?? null,
      container.pod?.name ?? null,
      container.pod?.namespace ?? null,
      container.pod?.uid ?? null,
      container.privileged === undefined ? null : Number(container.privileged),
    ];
    if (previous === undefined) {
      const key = stateKey({ kind: 'container', value: container });
      const life = beginContainerLife(context, key, summaryOf(container));
      database.run(
        `INSERT INTO containers (node, engine, namespace, container_id, hash, name, kind, state, running, image,
           image_name, created_at, pid, snapshotter, snapshot_key, pod_name, pod_namespace, pod_uid, privileged, life)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        ...identity,
        ...values,
        life,
      );
      return undefined;
    }
    database.run(
      `UPDATE containers SET hash = ?, name = ?, kind = ?, state = ?, running = ?, image = ?, image_name = ?,
         created_at = ?, pid = ?, snapshotter = ?, snapshot_key = ?, pod_name = ?, pod_namespace = ?, pod_uid = ?,
         privileged = ? WHERE id = ?`,
      ...values,
      previous.id,
    );
    return previous.hash;
  },

  remove(context, key) {
    const parts = keyParts(key, 'container', 3);
    if (parts === undefined) return undefined;
    const [engine = '', namespace = '', id = ''] = parts;
    const held = context.database.get<HeldRow>(FIND, context.node, engine, namespace, id);
    if (held === undefined) return undefined;
    context.database.run('DELETE FROM containers WHERE id = ?', held.id);
    endLife(context, held.life);
    return held.hash;
  },

  *held(database, node) {
    const rows = database.iterate<{
      engine: string;
      namespace: string;
      container_id: string;
      hash: Uint8Array;
    }>('SELECT engine, namespace, container_id, hash FROM containers WHERE node = ?', node);
    for (const { engine, namespace, container_id, hash } of rows) {
      yield { key: `container/${engine}/${namespace}/${container_id}`, hash };
    }
  },
};

function summaryOf(container: Container): string {
  const name = container.pod === undefined ? container.name : `${container.pod.name}/${container.name}`;
  return container.imageName === '' ? name : `${name} (${container.imageName})`;
}

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

/** Begins every query that gives ContainerRows. */
export const SELECT_CONTAINERS = `SELECT c.*, n.name AS node, i.image_id FROM containers c
  JOIN nodes n ON n.id = c.node LEFT JOIN images i ON i.id = c.image`;

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
