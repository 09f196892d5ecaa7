import type { ReportedImage } from '../../../core/inventory.ts';
import { keyParts } from '../item-key.ts';
import { imageReport } from '../rows/image-report.ts';
import { speakingNames } from '../rows/image-row.ts';
import { whole } from '../whole.ts';
import type { Statements } from './database.ts';
import type { HashedItem, ItemRows } from './item-rows.ts';
import { LOCK_COMPOSITIONS } from './locks.ts';
import { byteText, list, rows } from './values.ts';

interface HeldRow {
  readonly image: number;
  readonly hash: Uint8Array;
}

const WRITE = `WITH incoming AS (SELECT * FROM json_to_recordset($2::json) AS r (image bigint, variant bigint,
    hash bytea, first_seen bigint, last_used bigint)),
  held AS (SELECT n.image, n.hash, n.life FROM incoming i JOIN node_images n ON n.node = $1 AND n.image = i.image),
  begun AS (INSERT INTO lives (node, image, appeared_at)
    SELECT $1, i.image, $3 FROM incoming i LEFT JOIN held h USING (image) WHERE h.image IS NULL RETURNING id, image),
  written AS (INSERT INTO node_images (node, image, variant, hash, first_seen, last_used, life)
    SELECT $1, i.image, i.variant, i.hash, i.first_seen, i.last_used, coalesce(h.life, b.id)
    FROM incoming i LEFT JOIN held h USING (image) LEFT JOIN begun b USING (image)
    ON CONFLICT (node, image) DO UPDATE SET variant = excluded.variant, hash = excluded.hash,
      first_seen = excluded.first_seen, last_used = excluded.last_used),
  changes AS (INSERT INTO image_changes (image, node, held, containers, running) SELECT image, $1, 1, 0, 0 FROM begun)
  SELECT image, hash FROM held`;

const REMOVE = `WITH gone AS (DELETE FROM node_images WHERE node = $1 AND image = ANY($2::bigint[])
    RETURNING image, hash, life),
  ended AS (UPDATE lives l SET gone_at = greatest(l.appeared_at, $3) FROM gone WHERE l.id = gone.life),
  changes AS (INSERT INTO image_changes (image, node, held, containers, running) SELECT image, $1, -1, 0, 0 FROM gone)
  SELECT image, hash FROM gone`;

/** An image item beside the row of its report. */
export interface ReportedItem extends HashedItem<'image'> {
  readonly variant: number;
}

/** Images of a node. What nodes report alike is one row of `image_variants`. */
export const imageRows: ItemRows<ReportedItem> = {
  async write({ statements, node, at, images }, items) {
    if (items.length === 0) return { before: [], counts: {} };
    const keys = new Map(items.map(({ key, value }) => [images.get(value.imageId), key]));
    const held = await statements.all<HeldRow>(
      WRITE,
      node,
      rows(
        items.map(({ hash, variant, value }) => ({
          image: images.get(value.imageId) ?? null,
          variant,
          hash: byteText(hash),
          first_seen: whole(value.firstSeen),
          last_used: value.lastUsed === undefined ? null : whole(value.lastUsed),
        })),
      ),
      whole(at),
    );
    return {
      before: held.map(({ image, hash }) => ({ key: keys.get(image) ?? '', hash })),
      counts: { images: items.length - held.length },
    };
  },

  async remove({ statements, node, at, images }, keys) {
    const named = new Map(keys.flatMap((key) => keyedImage(key, images)));
    if (named.size === 0) return { before: [], counts: {} };
    const gone = await statements.all<HeldRow>(REMOVE, node, list([...named.keys()]), whole(at));
    return {
      before: gone.map(({ image, hash }) => ({ key: named.get(image) ?? '', hash })),
      counts: { images: -gone.length },
    };
  },

  async held(statements, node) {
    const found = await statements.all<{ image_id: string; hash: Uint8Array }>(
      'SELECT i.image_id, n.hash FROM node_images n JOIN images i ON i.id = n.image WHERE n.node = $1',
      node,
    );
    return found.map(({ image_id, hash }) => ({ key: `image/${image_id}`, hash }));
  },
};

function keyedImage(key: string, images: ReadonlyMap<string, number>): [number, string][] {
  const [imageId] = keyParts(key, 'image', 1) ?? [];
  const id = imageId === undefined ? undefined : images.get(imageId);
  return id === undefined ? [] : [[id, key]];
}

export async function imageRowId(statements: Statements, imageId: string): Promise<number | undefined> {
  return (await statements.get<{ id: number }>('SELECT id FROM images WHERE image_id = $1', imageId))?.id;
}

/** Row ids of those of the images that are known, by image ID. */
export async function knownImages(
  statements: Statements,
  imageIds: readonly string[],
): Promise<Map<string, number>> {
  if (imageIds.length === 0) return new Map();
  const found = await statements.all<{ id: number; image_id: string }>(
    'SELECT id, image_id FROM images WHERE image_id = ANY($1::text[])',
    list(imageIds),
  );
  return new Map(found.map(({ id, image_id }) => [image_id, id]));
}

/** Row ids of images, which exist afterwards, if only by their IDs. */
export async function ensureImages(
  statements: Statements,
  imageIds: readonly string[],
): Promise<Map<string, number>> {
  const known = await knownImages(statements, imageIds);
  const missing = imageIds.filter((imageId) => !known.has(imageId));
  if (missing.length === 0) return known;
  await statements.run(
    `INSERT INTO images (image_id) SELECT image_id FROM unnest($1::text[]) AS m (image_id) ORDER BY image_id
     ON CONFLICT (image_id) DO NOTHING`,
    list(missing),
  );
  return knownImages(statements, imageIds);
}

interface Report {
  readonly image: ReportedImage;
  readonly digest: string;
  readonly row: ReturnType<typeof imageReport>;
}

/**
 * Row ids of reports like these, which exist afterwards, in their order; those that are new describe their image and
 * bring its packages. Before anything else of the transaction locks rows of images.
 */
export async function ensureVariants(
  statements: Statements,
  images: readonly ReportedImage[],
): Promise<number[]> {
  const reports = images.map((image) => {
    const row = imageReport(image);
    return { image, row, digest: byteText(row.digest) };
  });
  const known = await knownVariants(statements, reports);
  const fresh = reports.filter(({ digest }) => !known.has(digest));
  if (fresh.length > 0) {
    await addVariants(statements, fresh);
    for (const [digest, id] of await knownVariants(statements, fresh)) known.set(digest, id);
  }
  return reports.map(({ digest }) => known.get(digest) ?? 0);
}

async function knownVariants(
  statements: Statements,
  reports: readonly Report[],
): Promise<Map<string, number>> {
  if (reports.length === 0) return new Map();
  const found = await statements.all<{ id: number; digest: Uint8Array }>(
    'SELECT id, digest FROM image_variants WHERE digest = ANY($1::bytea[])',
    list(reports.map(({ digest }) => digest)),
  );
  return new Map(found.map(({ id, digest }) => [byteText(digest), id]));
}

async function addVariants(statements: Statements, reports: readonly Report[]): Promise<void> {
  const compositions = [...new Set(reports.flatMap(({ image }) => image.composition ?? []))];
  await statements.run(LOCK_COMPOSITIONS, list(compositions));
  const ids = await ensureImages(
    statements,
    reports.map(({ image }) => image.imageId),
  );
  const described = reports.map(({ image }) => description(image, ids.get(image.imageId) ?? 0));
  await statements.run(
    'SELECT id FROM images WHERE id = ANY($1::bigint[]) ORDER BY id FOR NO KEY UPDATE',
    list([...ids.values()]),
  );
  await statements.run(
    `UPDATE images SET os = r.os, architecture = r.architecture, variant = r.variant, built_at = r.built_at,
       size_bytes = r.size_bytes, diff_ids = r.diff_ids
     FROM json_to_recordset($1::json) AS r (image bigint, os text, architecture text, variant text, built_at bigint,
       size_bytes bigint, diff_ids text)
     WHERE images.id = r.image AND images.diff_ids = '[]' AND r.diff_ids <> '[]'`,
    rows(described),
  );
  await statements.run(
    `UPDATE images SET name = r.name FROM json_to_recordset($1::json) AS r (image bigint, name text)
     WHERE images.id = r.image AND images.name <> r.name`,
    rows(described),
  );
  await statements.run(
    `INSERT INTO image_variants (image, digest, composition_key, size_bytes, pinned, problem, names, manifest_digests,
       labels)
     SELECT * FROM json_to_recordset($1::json) AS r (image bigint, digest bytea, composition_key text,
       size_bytes bigint, pinned integer, problem text, names text, manifest_digests text, labels text)
     ORDER BY digest ON CONFLICT (digest) DO NOTHING`,
    rows(reports.map((report) => variantColumns(report, ids.get(report.image.imageId) ?? 0))),
  );
  await adoptCompositions(statements, compositions);
}

/** An image ID stands for its content, so the first node that knows the content says what it is. Its name may change. */
function description(image: ReportedImage, id: number) {
  return {
    image: id,
    name: speakingNames(image.names.map((held) => held.name))[0] ?? '',
    os: image.os,
    architecture: image.architecture,
    variant: image.variant ?? null,
    built_at: image.builtAt === undefined ? null : whole(image.builtAt),
    size_bytes: whole(image.sizeBytes),
    diff_ids: JSON.stringify(image.diffIds),
  };
}

function variantColumns({ image, digest, row }: Report, id: number) {
  return {
    image: id,
    digest,
    composition_key: image.composition ?? null,
    size_bytes: whole(image.sizeBytes),
    pinned: Number(image.pinned),
    problem: image.problem ?? null,
    names: row.names,
    manifest_digests: row.manifestDigests,
    labels: row.labels,
  };
}

/**
 * Makes stored compositions those of every image that nodes say they belong to, unless the image has a newer one.
 * Their layers must be the image's own: no node can lend one image the packages of another. With the keys locked.
 */
export async function adoptCompositions(statements: Statements, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  await statements.run(
    `UPDATE images SET composition = n.composition FROM (
       SELECT v.image, max(c.id) AS composition FROM compositions c
         JOIN image_variants v ON v.composition_key = c.key
         JOIN images i ON i.id = v.image AND i.diff_ids = c.diff_ids
       WHERE c.key = ANY($1::text[]) GROUP BY v.image) AS n
     WHERE images.id = n.image AND (images.composition IS NULL OR images.composition < n.composition)`,
    list(keys),
  );
}
