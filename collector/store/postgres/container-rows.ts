import type { Container } from '../../../core/inventory.ts';
import { keyParts } from '../item-key.ts';
import { containerSummary } from '../rows/container-row.ts';
import { whole } from '../whole.ts';
import type { HashedItem, ItemRows } from './item-rows.ts';
import { byteText, rows } from './values.ts';

interface HeldRow {
  readonly engine: string;
  readonly namespace: string;
  readonly container_id: string;
  readonly hash: Uint8Array;
  readonly running: number;
}

const COLUMNS = `engine text, namespace text, container_id text, hash bytea, name text, kind text, state text,
  running integer, image bigint, image_name text, created_at bigint, pid bigint, snapshotter text, snapshot_key text,
  pod_name text, pod_namespace text, pod_uid text, privileged integer`;

const WRITE = `WITH incoming AS (SELECT * FROM json_to_recordset($2::json) AS r (${COLUMNS}, position integer, key text,
    summary text)),
  held AS (SELECT c.id, c.engine, c.namespace, c.container_id, c.hash, c.image, c.running, c.life
    FROM incoming i JOIN containers c ON c.node = $1 AND c.engine = i.engine AND c.namespace = i.namespace
      AND c.container_id = i.container_id),
  begun AS (INSERT INTO lives (node, container_key, summary, appeared_at)
    SELECT $1, i.key, i.summary, $3 FROM incoming i LEFT JOIN held h USING (engine, namespace, container_id)
    WHERE h.id IS NULL ORDER BY i.position RETURNING id, container_key),
  written AS (INSERT INTO containers (node, engine, namespace, container_id, hash, name, kind, state, running, image,
      image_name, created_at, pid, snapshotter, snapshot_key, pod_name, pod_namespace, pod_uid, privileged, life)
    SELECT $1, i.engine, i.namespace, i.container_id, i.hash, i.name, i.kind, i.state, i.running, i.image,
      i.image_name, i.created_at, i.pid, i.snapshotter, i.snapshot_key, i.pod_name, i.pod_namespace, i.pod_uid,
      i.privileged, coalesce(h.life, b.id)
    FROM incoming i LEFT JOIN held h USING (engine, namespace, container_id) LEFT JOIN begun b ON b.container_key = i.key
    ORDER BY i.position
    ON CONFLICT (node, engine, namespace, container_id) DO UPDATE SET hash = excluded.hash, name = excluded.name,
      kind = excluded.kind, state = excluded.state, running = excluded.running, image = excluded.image,
      image_name = excluded.image_name, created_at = excluded.created_at, pid = excluded.pid,
      snapshotter = excluded.snapshotter, snapshot_key = excluded.snapshot_key, pod_name = excluded.pod_name,
      pod_namespace = excluded.pod_namespace, pod_uid = excluded.pod_uid, privileged = excluded.privileged),
  changes AS (INSERT INTO image_changes (image, node, held, containers, running)
    SELECT image, $1, 0, sum(containers), sum(running) FROM (
      SELECT image, 1 AS containers, running FROM incoming UNION ALL SELECT image, -1, -running FROM held) AS d
    WHERE image IS NOT NULL GROUP BY image HAVING sum(containers) <> 0 OR sum(running) <> 0)
  SELECT engine, namespace, container_id, hash, running FROM held`;

const REMOVE = `WITH gone AS (DELETE FROM containers c
    USING json_to_recordset($2::json) AS r (engine text, namespace text, container_id text)
    WHERE c.node = $1 AND c.engine = r.engine AND c.namespace = r.namespace AND c.container_id = r.container_id
    RETURNING c.engine, c.namespace, c.container_id, c.hash, c.running, c.image, c.life),
  ended AS (UPDATE lives l SET gone_at = greatest(l.appeared_at, $3) FROM gone WHERE l.id = gone.life),
  changes AS (INSERT INTO image_changes (image, node, held, containers, running)
    SELECT image, $1, 0, -count(*), -sum(running) FROM gone WHERE image IS NOT NULL GROUP BY image)
  SELECT engine, namespace, container_id, hash, running FROM gone`;

/** Containers of a node. */
export const containerRows: ItemRows<HashedItem<'container'>> = {
  async write({ statements, node, at, images }, items) {
    if (items.length === 0) return { before: [], counts: {} };
    const incoming = items.map(({ key, hash, value }, position) => ({
      position,
      key,
      summary: containerSummary(value),
      hash: byteText(hash),
      ...columnsOf(value),
      image: value.imageId === undefined ? null : (images.get(value.imageId) ?? null),
    }));
    const held = await statements.all<HeldRow>(WRITE, node, rows(incoming), whole(at));
    return {
      before: held.map(keyed),
      counts: { containers: items.length - held.length, running: runningOf(incoming) - runningOf(held) },
    };
  },

  async remove({ statements, node, at }, keys) {
    const named = keys.flatMap((key) => {
      const [engine, namespace, id] = keyParts(key, 'container', 3) ?? [];
      if (engine === undefined || namespace === undefined || id === undefined) return [];
      return { engine, namespace, container_id: id };
    });
    if (named.length === 0) return { before: [], counts: {} };
    const gone = await statements.all<HeldRow>(REMOVE, node, rows(named), whole(at));
    return { before: gone.map(keyed), counts: { containers: -gone.length, running: -runningOf(gone) } };
  },

  async held(statements, node) {
    const found = await statements.all<HeldRow>(
      'SELECT engine, namespace, container_id, hash, running FROM containers WHERE node = $1',
      node,
    );
    return found.map(keyed);
  },
};

function columnsOf(container: Container) {
  return {
    engine: container.engine,
    namespace: container.namespace,
    container_id: container.id,
    name: container.name,
    kind: container.kind,
    state: container.state,
    running: container.state === 'running' ? 1 : 0,
    image_name: container.imageName,
    created_at: container.createdAt === undefined ? null : whole(container.createdAt),
    pid: container.pid === undefined ? null : whole(container.pid),
    snapshotter: container.snapshotter ?? null,
    snapshot_key: container.snapshotKey ?? null,
    pod_name: container.pod?.name ?? null,
    pod_namespace: container.pod?.namespace ?? null,
    pod_uid: container.pod?.uid ?? null,
    privileged: container.privileged === undefined ? null : Number(container.privileged),
  };
}

function runningOf(containers: readonly { readonly running: number }[]): number {
  return containers.reduce((sum, { running }) => sum + running, 0);
}

function keyed({ engine, namespace, container_id, hash }: HeldRow) {
  return { key: `container/${engine}/${namespace}/${container_id}`, hash };
}

/** Begins every query that gives ContainerRows. */
export const SELECT_CONTAINERS = `SELECT c.*, n.name AS node, i.image_id FROM containers c
  JOIN nodes n ON n.id = c.node LEFT JOIN images i ON i.id = c.image`;
