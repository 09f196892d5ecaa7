import type { Package } from '../../../core/composition.ts';
import { decodeCursor, pageOf, type Page, type PageRequest } from '../page.ts';
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
import type { ContainerView, ImageDetail, ImageHolder, ImageView } from '../views.ts';
import { SELECT_CONTAINERS } from './container-rows.ts';
import type { Statements } from './database.ts';
import { list } from './values.ts';

/** Most ways of reporting one image that are looked at for its names; nearly always there are one to three. */
const MAX_VARIANTS = 100;

export async function images(
  statements: Statements,
  { limit, cursor }: PageRequest,
): Promise<Page<ImageView>> {
  const [after] = decodeCursor(cursor, ['']);
  const rows = await statements.all<ImageRow>(
    `SELECT * FROM image_rows WHERE image_id > $1 AND (nodes > 0 OR containers > 0) ORDER BY image_id LIMIT $2`,
    after,
    limit + 1,
  );
  const variants = await variantsOf(
    statements,
    rows.map(({ id }) => id),
  );
  return pageOf(
    rows,
    limit,
    (row) => [row.image_id],
    (row) => imageViewOf(row, variants.get(row.id) ?? []),
  );
}

/** Views of images, by row id. */
export async function imageViews(
  statements: Statements,
  ids: readonly number[],
): Promise<Map<number, ImageView>> {
  const [rows, variants] = await Promise.all([
    statements.all<ImageRow>('SELECT * FROM image_rows WHERE id = ANY($1::bigint[])', list(ids)),
    variantsOf(statements, ids),
  ]);
  return new Map(rows.map((row) => [row.id, imageViewOf(row, variants.get(row.id) ?? [])]));
}

export async function imageDetail(statements: Statements, imageId: string): Promise<ImageDetail | undefined> {
  const row = await statements.get<ImageDetailRow>(
    `SELECT i.*, c.builds FROM image_rows i LEFT JOIN compositions c ON c.id = i.composition
     WHERE i.image_id = $1`,
    imageId,
  );
  if (row === undefined) return undefined;
  return imageDetailOf(row, (await variantsOf(statements, [row.id])).get(row.id) ?? []);
}

export async function imagePackages(
  statements: Statements,
  image: number,
  { limit, cursor }: PageRequest,
): Promise<Page<Package>> {
  const [after] = decodeCursor(cursor, ['']);
  const rows = await statements.all<{ purl: string; record: string; locations: string }>(
    `SELECT p.purl, r.record, cp.locations FROM images i
       JOIN composition_packages cp ON cp.composition = i.composition
       JOIN packages p ON p.id = cp.package JOIN records r ON r.id = p.record
     WHERE i.id = $1 AND p.purl > $2 ORDER BY p.purl LIMIT $3`,
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

export async function imageNodes(
  statements: Statements,
  image: number,
  { limit, cursor }: PageRequest,
): Promise<Page<ImageHolder>> {
  const [after] = decodeCursor(cursor, ['']);
  const rows = await statements.all<HolderRow>(
    `SELECT n.name, (n.replica IS NOT NULL)::int AS connected, ni.first_seen, ni.last_used
     FROM node_images ni JOIN nodes n ON n.id = ni.node
     WHERE ni.image = $1 AND n.name > $2 ORDER BY n.name LIMIT $3`,
    image,
    after,
    limit + 1,
  );
  return pageOf(rows, limit, (row) => [row.name], holderView);
}

export async function imageContainers(
  statements: Statements,
  image: number,
  { limit, cursor }: PageRequest,
): Promise<Page<ContainerView>> {
  const counts = await statements.get<{ containers: number; running: number }>(
    'SELECT containers, running FROM image_rows WHERE id = $1',
    image,
  );
  const held = [{ id: image, containers: counts?.containers ?? 0, running: counts?.running ?? 0 }];
  const rows = await containersOfImages(statements, held, cursor, limit + 1);
  return pageOf(rows, limit, containerCursor, containerView);
}

interface ContainerCounts {
  readonly id: number;
  readonly containers: number;
  readonly running: number;
}

/**
 * Containers of some images (row ids, ascending): running first, then image by image, then by first appearance.
 * Only the images are read that their counts show to be on the page. `cursor` is as `containerCursor` makes it.
 */
export async function containersOfImages(
  statements: Statements,
  sorted: readonly ContainerCounts[],
  cursor: string | undefined,
  limit: number,
): Promise<ContainerRow[]> {
  const [running, image, id] = decodeCursor(cursor, [1, 0, 0]);
  const found: ContainerRow[] = [];
  for (const phase of running === 1 ? [1, 0] : [0]) {
    const from = phase === running ? image : 0;
    const chosen = onPage(sorted, phase, from, limit - found.length);
    if (chosen.length === 0) continue;
    found.push(
      ...(await statements.all<ContainerRow>(
        `${SELECT_CONTAINERS} WHERE c.image = ANY($1::bigint[]) AND c.running = $2 AND (c.image, c.id) > ($3, $4)
         ORDER BY c.image, c.id LIMIT $5`,
        list(chosen),
        phase,
        from,
        phase === running ? id : 0,
        limit - found.length,
      )),
    );
    if (found.length >= limit) return found;
  }
  return found;
}

/** From that image on, as many as have `count` containers between them, not counting the first: part of it is behind. */
function onPage(sorted: readonly ContainerCounts[], phase: number, from: number, count: number): number[] {
  const chosen: number[] = [];
  let left = count;
  for (const { id, containers, running } of sorted) {
    if (id < from || left <= 0) continue;
    const own = phase === 1 ? running : containers - running;
    if (own <= 0) continue;
    chosen.push(id);
    if (id > from) left -= own;
  }
  return chosen;
}

export function containerCursor(row: ContainerRow): readonly number[] {
  return [row.running, row.image ?? 0, row.id];
}

/** The ways in which nodes report images now, the newest first, by the image's row id. */
async function variantsOf(
  statements: Statements,
  ids: readonly number[],
): Promise<Map<number, (VariantRow & { readonly image: number })[]>> {
  const rows = await statements.all<VariantRow & { readonly image: number }>(
    `SELECT v.* FROM unnest($1::bigint[]) AS asked (image) CROSS JOIN LATERAL (
       SELECT image, names, labels, manifest_digests, problem FROM image_variants w WHERE w.image = asked.image
         AND EXISTS (SELECT 1 FROM node_images n WHERE n.image = w.image AND n.variant = w.id)
       ORDER BY id DESC LIMIT ${MAX_VARIANTS}) AS v`,
    list(ids),
  );
  return Map.groupBy(rows, ({ image }) => image);
}
