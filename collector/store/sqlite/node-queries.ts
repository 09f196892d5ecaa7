import { decodeCursor, pageOf, type Page, type PageRequest } from '../page.ts';
import { containerView, type ContainerRow } from '../rows/container-row.ts';
import { nodeImageView, nodeView, type NodeImageRow, type NodeRow } from '../rows/node-row.ts';
import { processView, type ProcessRow } from '../rows/process-row.ts';
import { readRecord } from '../rows/record.ts';
import type { ContainerView, NodeImageView, NodePackageView, NodeView, ProcessView } from '../views.ts';
import { SELECT_CONTAINERS } from './container-rows.ts';
import type { Database } from './database.ts';

// The message is that of the row with the largest last_at: https://www.sqlite.org/lang_select.html#bareagg
const SELECT_NODES = `SELECT n.*, h.host, c.images, c.containers, c.running, c.processes,
    (SELECT json_object('refused', refused, 'lastAt', last_at, 'lastMessage', message) FROM (
       SELECT sum(count) AS refused, max(last_at) AS last_at, message FROM refusals
       WHERE node = n.name AND reason = 'duplicate') WHERE refused > 0) AS duplicates
  FROM nodes n JOIN node_counts c ON c.node = n.id LEFT JOIN hosts h ON h.node = n.id`;

export function nodes(database: Database, { limit, cursor }: PageRequest): Page<NodeView> {
  const [after] = decodeCursor(cursor, ['']);
  const rows = database.all<NodeRow>(
    `${SELECT_NODES} WHERE n.name > ? ORDER BY n.name LIMIT ?`,
    after,
    limit + 1,
  );
  return pageOf(rows, limit, (row) => [row.name], nodeView);
}

export function node(database: Database, name: string): NodeView | undefined {
  const row = database.get<NodeRow>(`${SELECT_NODES} WHERE n.name = ?`, name);
  return row === undefined ? undefined : nodeView(row);
}

export function nodeImages(
  database: Database,
  nodeId: number,
  { limit, cursor }: PageRequest,
): Page<NodeImageView> {
  const [after] = decodeCursor(cursor, ['']);
  const rows = database.all<NodeImageRow>(
    `WITH used AS MATERIALIZED (
       SELECT image, count(*) AS containers, sum(running) AS running FROM containers
       WHERE node = ? AND image IS NOT NULL GROUP BY image)
     SELECT i.image_id, i.os, i.architecture, i.variant, i.built_at, v.size_bytes, v.pinned, v.problem, v.names,
       ni.first_seen, ni.last_used, c.package_count, coalesce(u.containers, 0) AS containers,
       coalesce(u.running, 0) AS running
     FROM node_images ni JOIN images i ON i.id = ni.image JOIN image_variants v ON v.id = ni.variant
       LEFT JOIN compositions c ON c.id = i.composition LEFT JOIN used u ON u.image = i.id
     WHERE ni.node = ? AND i.image_id > ? ORDER BY i.image_id LIMIT ?`,
    nodeId,
    nodeId,
    after,
    limit + 1,
  );
  return pageOf(rows, limit, (row) => [row.image_id], nodeImageView);
}

export function nodeContainers(
  database: Database,
  nodeId: number,
  { limit, cursor }: PageRequest,
): Page<ContainerView> {
  const [after] = decodeCursor(cursor, [0]);
  const rows = database.all<ContainerRow>(
    `${SELECT_CONTAINERS} WHERE c.node = ? AND c.id > ? ORDER BY c.id LIMIT ?`,
    nodeId,
    after,
    limit + 1,
  );
  return pageOf(rows, limit, (row) => [row.id], containerView);
}

export function nodeProcesses(
  database: Database,
  node: { readonly id: number; readonly name: string },
  { limit, cursor }: PageRequest,
): Page<ProcessView> {
  const [boot, pid, ticks] = decodeCursor(cursor, ['', 0, 0]);
  const rows = database.all<ProcessRow>(
    `SELECT p.*, i.image_id FROM processes p LEFT JOIN images i ON i.id = p.image
     WHERE p.node = ? AND (p.boot_id, p.pid, p.start_ticks) > (?, ?, ?)
     ORDER BY p.boot_id, p.pid, p.start_ticks LIMIT ?`,
    node.id,
    boot,
    pid,
    ticks,
    limit + 1,
  );
  return pageOf(
    rows,
    limit,
    (row) => [row.boot_id, row.pid, row.start_ticks],
    (row) => processView(node.name, row),
  );
}

export function nodePackages(
  database: Database,
  nodeId: number,
  { limit, cursor }: PageRequest,
): Page<NodePackageView> {
  const [after] = decodeCursor(cursor, ['']);
  const rows = database.all<{ purl: string; record: string; image_ids: string }>(
    `SELECT p.purl, r.record, json_group_array(DISTINCT i.image_id) AS image_ids
     FROM node_images ni JOIN images i ON i.id = ni.image
       JOIN composition_packages cp ON cp.composition = i.composition JOIN packages p ON p.id = cp.package
       JOIN records r ON r.id = p.record
     WHERE ni.node = ? AND p.purl > ? GROUP BY p.purl ORDER BY p.purl LIMIT ?`,
    nodeId,
    after,
    limit + 1,
  );
  return pageOf(
    rows,
    limit,
    (row) => [row.purl],
    (row) => ({
      ...readRecord(row.record),
      purl: row.purl,
      imageIds: (JSON.parse(row.image_ids) as string[]).sort(),
    }),
  );
}
