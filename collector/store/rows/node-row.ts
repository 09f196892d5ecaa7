import type { Host, ImageName } from '../../../core/inventory.ts';
import type { Duplicates, NodeImageView, NodeView } from '../views.ts';

/** A node as a database gives it. */
export interface NodeRow {
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

/** An image on a node as a database gives it. */
export interface NodeImageRow {
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

export function nodeView(row: NodeRow): NodeView {
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
    ...(row.host !== null && { host: JSON.parse(row.host) as Host }),
    counts: {
      images: row.images,
      containers: row.containers,
      running: row.running,
      processes: row.processes,
    },
  };
}

export function nodeImageView(row: NodeImageRow): NodeImageView {
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
