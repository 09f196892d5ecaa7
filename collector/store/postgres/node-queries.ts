import { decodeCursor, pageOf, type Page, type PageRequest } from '../page.ts';
import { containerView, type ContainerRow } from '../rows/container-row.ts';
import { nodeImageView, nodeView, type NodeImageRow, type NodeRow } from '../rows/node-row.ts';
import { processView, type ProcessRow } from '../rows/process-row.ts';
import { readRecord } from '../rows/record.ts';
import type { ContainerView, NodeImageView, NodePackageView, NodeView, ProcessView } from '../views.ts';
import { SELECT_CONTAINERS } from './container-rows.ts';
import type { Statements } from './database.ts';

const SELECT_NODES = `SELECT n.*, (n.replica IS NOT NULL)::int AS connected, h.host,
    (SELECT json_build_object('refused', sum(count)::bigint, 'lastAt', max(last_at),
        'lastMessage', (array_agg(message ORDER BY last_at DESC))[1])::text
     FROM refusals WHERE node = n.name AND reason = 'duplicate' HAVING count(*) > 0) AS duplicates
  FROM nodes n LEFT JOIN hosts h ON h.node = n.id`;

export async function nodes(statements: Statements, { limit, cursor }: PageRequest): Promise<Page<NodeView>> {
  const [after] = decodeCursor(cursor, ['']);
  const rows = await statements.all<NodeRow>(
    `${SELECT_NODES} WHERE n.name > $1 ORDER BY n.name LIMIT $2`,
    after,
    limit + 1,
  );
  return pageOf(rows, limit, (row) => [row.name], nodeView);
}

export async function node(statements: Statements, name: string): Promise<NodeView | undefined> {
  const row = await statements.get<NodeRow>(`${SELECT_NODES} WHERE n.name = $1`, name);
  return row === undefined ? undefined : nodeView(row);
}

export async function nodeImages(
  statements: Statements,
  nodeId: number,
  { limit, cursor }: PageRequest,
): Promise<Page<NodeImageView>> {
  const [after] = decodeCursor(cursor, ['']);
  const rows = await statements.all<NodeImageRow>(
    `SELECT i.image_id, i.os, i.architecture, i.variant, i.built_at, v.size_bytes, v.pinned, v.problem, v.names,
       ni.first_seen, ni.last_used, c.package_count, coalesce(u.containers, 0) AS containers,
       coalesce(u.running, 0) AS running
     FROM node_images ni JOIN images i ON i.id = ni.image JOIN image_variants v ON v.id = ni.variant
       LEFT JOIN compositions c ON c.id = i.composition
       LEFT JOIN (SELECT image, count(*) AS containers, sum(running) AS running FROM containers
         WHERE node = $1 AND image IS NOT NULL GROUP BY image) u ON u.image = i.id
     WHERE ni.node = $1 AND i.image_id > $2 ORDER BY i.image_id LIMIT $3`,
    nodeId,
    after,
    limit + 1,
  );
  return pageOf(rows, limit, (row) => [row.image_id], nodeImageView);
}

export async function nodeContainers(
  statements: Statements,
  nodeId: number,
  { limit, cursor }: PageRequest,
): Promise<Page<ContainerView>> {
  const [after] = decodeCursor(cursor, [0]);
  const rows = await statements.all<ContainerRow>(
    `${SELECT_CONTAINERS} WHERE c.node = $1 AND c.id > $2 ORDER BY c.id LIMIT $3`,
    nodeId,
    after,
    limit + 1,
  );
  return pageOf(rows, limit, (row) => [row.id], containerView);
}

export async function nodeProcesses(
  statements: Statements,
  node: { readonly id: number; readonly name: string },
  { limit, cursor }: PageRequest,
): Promise<Page<ProcessView>> {
  const [boot, pid, ticks] = decodeCursor(cursor, ['', 0, 0]);
  const rows = await statements.all<ProcessRow>(
    `SELECT p.*, p.user_name AS user, i.image_id FROM processes p LEFT JOIN images i ON i.id = p.image
     WHERE p.node = $1 AND (p.boot_id, p.pid, p.start_ticks) > ($2, $3, $4)
     ORDER BY p.boot_id, p.pid, p.start_ticks LIMIT $5`,
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

export async function nodePackages(
  statements: Statements,
  nodeId: number,
  { limit, cursor }: PageRequest,
): Promise<Page<NodePackageView>> {
  const [after] = decodeCursor(cursor, ['']);
  const rows = await statements.all<{ purl: string; record: string; image_ids: string }>(
    `WITH held AS MATERIALIZED (SELECT i.image_id, i.composition FROM node_images ni JOIN images i ON i.id = ni.image
         WHERE ni.node = $1 AND i.composition IS NOT NULL),
       page AS MATERIALIZED (SELECT p.purl, array_agg(p.id ORDER BY p.id) AS ids FROM packages p
         WHERE p.purl > $2 AND p.id IN (SELECT cp.package FROM held h
           JOIN composition_packages cp ON cp.composition = h.composition)
         GROUP BY p.purl ORDER BY p.purl LIMIT $3)
     SELECT page.purl,
       (SELECT r.record FROM packages p JOIN records r ON r.id = p.record WHERE p.id = page.ids[1]) AS record,
       (SELECT json_agg(DISTINCT h.image_id)::text FROM held h
         JOIN composition_packages cp ON cp.composition = h.composition
         WHERE cp.package = ANY(page.ids)) AS image_ids
     FROM page ORDER BY page.purl`,
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
