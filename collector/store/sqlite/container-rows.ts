import { stateKey } from '../../../core/inventory.ts';
import { containerSummary } from '../rows/container-row.ts';
import { whole } from '../whole.ts';
import { ensureImage } from './image-rows.ts';
import { keyParts } from '../item-key.ts';
import type { ItemRows } from './item-rows.ts';
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
      const life = beginContainerLife(context, key, containerSummary(container));
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

/** Begins every query that gives ContainerRows. */
export const SELECT_CONTAINERS = `SELECT c.*, n.name AS node, i.image_id FROM containers c
  JOIN nodes n ON n.id = c.node LEFT JOIN images i ON i.id = c.image`;
