import type { ImageName } from '../../../core/inventory.ts';
import { decodeCursor, pageOf, type Page, type PageRequest } from '../page.ts';
import type {
  ContainerView,
  Duplicates,
  NodeImageView,
  NodePackageView,
  NodeView,
  ProcessView,
} from '../views.ts';
import { containerView, SELECT_CONTAINERS, type ContainerRow } from './container-rows.ts';
import type { Database } from './database.ts';
import { readHost } from './host-rows.ts';
import { processView, type ProcessRow } from './process-rows.ts';
import { readRecord } from './record-rows.ts';

interface NodeRow {
  readonly id: number;
  readonly name: string;
  readonly connected: number;
  readonly condition: NodeView['condition'];
  readonly agent_version: string;
  readonly first_seen: number;
  readonly connected_at: number;
  readonly last_seen: number;
  readonly certificate_until: number | null;
  readonly duplicates: string | null;
  readonly host: string | null;
  readonly images: number;
  readonly containers: number;
  readonly running: number;
  readonly processes: number;
}

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

function nodeView(row: NodeRow): NodeView {
  return {
    node: row.name,
    status: row.connected === 1 ? 'connected' : 'disconnected',
    condition: row.condition,
    agentVersion: row.agent_version,
    firstSeen: row.first_seen,
    connectedAt: row.connected_at,
    lastSeen: row.last_seen,
    ...(row.certificate_until !== null && { certificateUntil: row.certificate_until }),
    ...(row.duplicates !== null && { duplicates: JSON.parse(row.duplicates) as Duplicates }),
    ...(row.host !== null && { host: readHost(row.host) }),
    counts: {
      images: row.images,
      containers: row.containers,
      running: row.running,
      processes: row.processes,
    },
  };
}

interface NodeImageRow {
  readonly image_id: string;
  readonly os: string;
  readonly architecture: string;
  readonly variant: string | null;
  readonly built_at: number | null;
  readonly size_bytes: number;
  readonly pinned: number;
  readonly problem: string | null;
  readonly names: string;
  readonly first_seen: number;
  readonly last_used: number | null;
  readonly package_count: number | null;
  readonly containers: number;
  readonly running: number;
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

function nodeImageView(row: NodeImageRow): NodeImageView {
  return {
    imageId: row.image_id,
    names: JSON.parse(row.names) as ImageName[],
    os: row.os,
    architecture: row.architecture,
    ...(row.variant !== null && { variant: row.variant }),
    ...(row.built_at !== null && { builtAt: row.built_at }),
    sizeBytes: row.size_bytes,
    pinned: row.pinned === 1,
    firstSeen: row.first_seen,
    ...(row.last_used !== null && { lastUsed: row.last_used }),
    ...(row.package_count !== null && { packages: row.package_count }),
    ...(row.problem !== null && { problem: row.problem }),
    containers: row.containers,
    running: row.running,
  };
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
