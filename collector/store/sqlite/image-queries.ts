import type { Package } from '../../../core/composition.ts';
import { decodeCursor, pageOf, type Page, type PageRequest } from '../page.ts';
import type { ContainerView, ImageDetail, ImageHolder, ImageView } from '../views.ts';
import { containerView, type ContainerRow } from '../rows/container-row.ts';
import {
  holderView,
  imageDetailOf,
  imageViewOf,
  type HolderRow,
  type ImageDetailRow,
  type ImageRow,
  type VariantRow,
} from '../rows/image-row.ts';
import { readLocations } from '../rows/locations.ts';
import { readRecord } from '../rows/record.ts';
import { SELECT_CONTAINERS } from './container-rows.ts';
import type { Database } from './database.ts';

/** Most ways of reporting one image that are looked at for its names; nearly always there are one to three. */
const MAX_VARIANTS = 100;

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
  return imageViewOf(row, variantsOf(database, row.id));
}

export function imageDetail(database: Database, imageId: string): ImageDetail | undefined {
  const row = database.get<ImageDetailRow>(
    `SELECT i.*, c.package_count, c.release, c.builds, c.opaque_blind FROM images i
       LEFT JOIN compositions c ON c.id = i.composition WHERE i.image_id = ?`,
    imageId,
  );
  if (row === undefined) return undefined;
  return imageDetailOf(row, variantsOf(database, row.id));
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
  const rows = database.all<HolderRow>(
    `SELECT n.name, n.connected, ni.first_seen, ni.last_used FROM node_images ni JOIN nodes n ON n.id = ni.node
     WHERE ni.image = ? AND n.name > ? ORDER BY n.name LIMIT ?`,
    image,
    after,
    limit + 1,
  );
  return pageOf(rows, limit, (row) => [row.name], holderView);
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

function variantsOf(database: Database, image: number): VariantRow[] {
  return database.all<VariantRow>(
    `SELECT names, labels, manifest_digests, problem FROM image_variants WHERE image = ? ORDER BY id DESC LIMIT ?`,
    image,
    MAX_VARIANTS,
  );
}
