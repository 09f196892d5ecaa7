import type { Package } from '../../../core/composition.ts';
import type { OsRelease } from '../../../core/facts.ts';
import type { ImageName } from '../../../core/inventory.ts';
import { decodeCursor, pageOf, type Page, type PageRequest } from '../page.ts';
import type { ContainerView, ImageDetail, ImageHolder, ImageView } from '../views.ts';
import { readLocations } from './composition-rows.ts';
import { containerView, SELECT_CONTAINERS, type ContainerRow } from './container-rows.ts';
import type { Database } from './database.ts';
import { speakingNames } from './image-rows.ts';
import { readRecord } from './record-rows.ts';

/** Most ways of reporting one image that are looked at for its names; nearly always there are one to three. */
const MAX_VARIANTS = 100;

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

/** Begins every query that gives ImageRows. */
export const SELECT_IMAGES = `SELECT i.*, c.package_count, c.release, c.opaque_blind FROM images i
  LEFT JOIN compositions c ON c.id = i.composition`;

export function images(database: Database, { limit, cursor }: PageRequest): Page<ImageView> {
  const [after] = decodeCursor(cursor, ['']);
  const rows = database.all<ImageRow>(
    `${SELECT_IMAGES} WHERE i.image_id > ? AND (i.nodes > 0 OR i.containers > 0) ORDER BY i.image_id LIMIT ?`,
    after,
    limit + 1,
  );
  return pageOf(
    rows,
    limit,
    (row) => [row.image_id],
    (row) => imageView(database, row),
  );
}

export function imageView(database: Database, row: ImageRow): ImageView {
  return view(row, variantsOf(database, row.id));
}

export function imageDetail(database: Database, imageId: string): ImageDetail | undefined {
  const row = database.get<ImageRow>(`${SELECT_IMAGES} WHERE i.image_id = ?`, imageId);
  if (row === undefined) return undefined;
  const variants = variantsOf(database, row.id);
  const labels = Object.assign({}, ...variants.map((one) => JSON.parse(one.labels) as object)) as Record<
    string,
    string
  >;
  const digests = variants.flatMap((one) => JSON.parse(one.manifest_digests) as string[]);
  const problems = variants.flatMap((one) => one.problem ?? []);
  return {
    ...view(row, variants),
    diffIds: JSON.parse(row.diff_ids) as string[],
    labels,
    manifestDigests: [...new Set(digests)].sort(),
    problems: [...new Set(problems)].sort(),
    opaqueBlind: row.opaque_blind === 1,
  };
}

export function imagePackages(
  database: Database,
  image: number,
  { limit, cursor }: PageRequest,
): Page<Package> {
  const [after] = decodeCursor(cursor, ['']);
  const rows = database.all<{ purl: string; record: string; locations: string }>(
    `SELECT p.purl, r.record, cp.locations FROM images i
       JOIN composition_packages cp ON cp.composition = i.composition
       JOIN packages p ON p.id = cp.package JOIN records r ON r.id = p.record
     WHERE i.id = ? AND p.purl > ? ORDER BY p.purl LIMIT ?`,
    image,
    after,
    limit + 1,
  );
  return pageOf(
    rows,
    limit,
    (row) => [row.purl],
    (row) => ({ ...readRecord(row.record), purl: row.purl, locations: readLocations(row.locations) }),
  );
}

export function imageNodes(
  database: Database,
  image: number,
  { limit, cursor }: PageRequest,
): Page<ImageHolder> {
  const [after] = decodeCursor(cursor, ['']);
  const rows = database.all<{
    name: string;
    connected: number;
    first_seen: number;
    last_used: number | null;
  }>(
    `SELECT n.name, n.connected, ni.first_seen, ni.last_used FROM node_images ni JOIN nodes n ON n.id = ni.node
     WHERE ni.image = ? AND n.name > ? ORDER BY n.name LIMIT ?`,
    image,
    after,
    limit + 1,
  );
  return pageOf(
    rows,
    limit,
    (row) => [row.name],
    (row) => ({
      node: row.name,
      status: row.connected === 1 ? 'connected' : 'disconnected',
      firstSeen: row.first_seen,
      ...(row.last_used !== null && { lastUsed: row.last_used }),
    }),
  );
}

export function imageContainers(
  database: Database,
  image: number,
  { limit, cursor }: PageRequest,
): Page<ContainerView> {
  const rows = containersOfImages(database, [image], cursor, limit + 1);
  return pageOf(rows, limit, containerCursor, containerView);
}

/**
 * Containers of some images (row ids, ascending): running first, then image by image, then by first appearance.
 * `cursor` is as `containerCursor` makes it.
 */
export function containersOfImages(
  database: Database,
  sorted: readonly number[],
  cursor: string | undefined,
  limit: number,
): ContainerRow[] {
  const [running, image, id] = decodeCursor(cursor, [1, 0, 0]);
  const found: ContainerRow[] = [];
  for (const phase of running === 1 ? [1, 0] : [0]) {
    for (const current of sorted) {
      if (phase === running && current < image) continue;
      const after = phase === running && current === image ? id : 0;
      found.push(
        ...database.all<ContainerRow>(
          `${SELECT_CONTAINERS} WHERE c.image = ? AND c.running = ? AND c.id > ? ORDER BY c.id LIMIT ?`,
          current,
          phase,
          after,
          limit - found.length,
        ),
      );
      if (found.length >= limit) return found;
    }
  }
  return found;
}

export function containerCursor(row: ContainerRow): readonly number[] {
  return [row.running, row.image ?? 0, row.id];
}

interface VariantRow {
  readonly names: string;
  readonly labels: string;
  readonly manifest_digests: string;
  readonly problem: string | null;
}

function variantsOf(database: Database, image: number): VariantRow[] {
  return database.all<VariantRow>(
    `SELECT names, labels, manifest_digests, problem FROM image_variants WHERE image = ? ORDER BY id DESC LIMIT ?`,
    image,
    MAX_VARIANTS,
  );
}

function view(row: ImageRow, variants: readonly VariantRow[]): ImageView {
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
