import type { LayerBuild } from '../../../core/composition.ts';
import type { OsRelease } from '../../../core/facts.ts';
import type { ImageName } from '../../../core/inventory.ts';
import type { ImageDetail, ImageHolder, ImageView } from '../views.ts';

/** An image as a database gives it, with what is known of its composition. */
export interface ImageRow {
  readonly id: number;
  readonly image_id: string;
  readonly os: string;
  readonly architecture: string;
  readonly variant: string | null;
  readonly built_at: number | null;
  readonly size_bytes: number;
  readonly diff_ids: string;
  readonly composition: number | null;
  readonly nodes: number;
  readonly containers: number;
  readonly running: number;
  readonly package_count: number | null;
  readonly release: string | null;
  readonly opaque_blind: number | null;
}

/** An image with what only it by itself is asked for. */
export interface ImageDetailRow extends ImageRow {
  readonly builds: string | null;
}

/** One of the ways in which nodes report an image. */
export interface VariantRow {
  readonly names: string;
  readonly labels: string;
  readonly manifest_digests: string;
  readonly problem: string | null;
}

export interface HolderRow {
  readonly name: string;
  readonly connected: number;
  readonly first_seen: number;
  readonly last_used: number | null;
}

export function imageViewOf(row: ImageRow, variants: readonly VariantRow[]): ImageView {
  const names = variants.flatMap((one) => (JSON.parse(one.names) as ImageName[]).map((held) => held.name));
  return {
    imageId: row.image_id,
    names: speakingNames(names),
    os: row.os,
    architecture: row.architecture,
    ...(row.variant !== null && { variant: row.variant }),
    ...(row.built_at !== null && { builtAt: row.built_at }),
    sizeBytes: row.size_bytes,
    ...(row.package_count !== null && { packages: row.package_count }),
    ...(row.release !== null && { release: JSON.parse(row.release) as OsRelease }),
    spread: { nodes: row.nodes, containers: row.containers, running: row.running },
  };
}

export function imageDetailOf(row: ImageDetailRow, variants: readonly VariantRow[]): ImageDetail {
  const labels = Object.assign({}, ...variants.map((one) => JSON.parse(one.labels) as object)) as Record<
    string,
    string
  >;
  const digests = variants.flatMap((one) => JSON.parse(one.manifest_digests) as string[]);
  const problems = variants.flatMap((one) => one.problem ?? []);
  return {
    ...imageViewOf(row, variants),
    diffIds: JSON.parse(row.diff_ids) as string[],
    labels,
    manifestDigests: [...new Set(digests)].sort(),
    problems: [...new Set(problems)].sort(),
    builds: row.builds === null ? [] : (JSON.parse(row.builds) as LayerBuild[]),
    opaqueBlind: row.opaque_blind === 1,
  };
}

export function holderView(row: HolderRow): ImageHolder {
  return {
    node: row.name,
    status: row.connected === 1 ? 'connected' : 'disconnected',
    firstSeen: row.first_seen,
    ...(row.last_used !== null && { lastUsed: row.last_used }),
  };
}

/** Names that tell a person something, each once: not the image ID that the CRI plugin keeps as a name. Tags first. */
export function speakingNames(names: Iterable<string>): string[] {
  const speaking = [...new Set(names)].filter((name) => !/^sha256:[0-9a-f]{64}$/.test(name));
  return speaking.sort((a, b) => Number(a.includes('@')) - Number(b.includes('@')) || (a < b ? -1 : 1));
}
